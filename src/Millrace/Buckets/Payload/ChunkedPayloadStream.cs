using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Millrace.Buckets.Signing;
using Millrace.Objects;

namespace Millrace.Buckets.Payload;

/// <summary>Takes off the encoding <c>aws-chunked</c>, as in "Signature calculations for the Authorization header:
/// transferring payload in multiple chunks" of the S3 reference:
/// <code>
/// chunk    = hex-size [";chunk-signature=" 64 hex digits] CRLF bytes CRLF
/// payload  = *chunk "0" [";chunk-signature=" …] CRLF *(name ":" value CRLF) [x-amz-trailer-signature ":" …] CRLF
/// </code>
/// A chunk's bytes are handed out before its signature is known, or a chunk would have to be held in memory; the reader
/// must take nothing as true before the end, which comes only when every signature was right. Memory is one buffer.
/// For one reader.</summary>
public sealed class ChunkedPayloadStream : ForwardStream
{
    const int BufferSize = 64 * 1024;
    const int MaxLineLength = 1024;
    const int MaxTrailers = 16;
    const int MaxSizeDigits = 12;
    const string SignatureField = "chunk-signature=";
    const string TrailerSignature = "x-amz-trailer-signature";

    readonly Stream _source;
    readonly ChunkSignatures? _signatures;
    readonly IReadOnlyList<string> _trailerNames;
    readonly bool _hasTrailers;
    readonly long _expectedSize;
    readonly IncrementalHash? _hash;
    readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    readonly Dictionary<string, string> _trailers = new(StringComparer.Ordinal);

    int _start;
    int _end;
    long _size;
    long _chunkLeft;
    string _chunkSignature = "";
    bool _isInChunk;
    bool _isEnded;
    bool _isDisposed;

    /// <param name="source">The bytes as they come.</param>
    /// <param name="expectedSize">x-amz-decoded-content-length.</param>
    /// <param name="signatures">The chain of signatures; null when the chunks are not signed.</param>
    /// <param name="hasTrailers">Whether the way of sending has trailing headers, and with signed chunks their
    /// signature.</param>
    /// <param name="trailerNames">What x-amz-trailer names, in lower case; others are refused.</param>
    public ChunkedPayloadStream(
        Stream source,
        long expectedSize,
        ChunkSignatures? signatures,
        bool hasTrailers,
        IReadOnlyList<string> trailerNames)
    {
        _source = source;
        _expectedSize = expectedSize;
        _signatures = signatures;
        _hasTrailers = hasTrailers;
        _trailerNames = trailerNames;
        _hash = signatures is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>The trailing headers by their lower-case names, once the end was read.</summary>
    public IReadOnlyDictionary<string, string> Trailers => _trailers;

    public override long Length => _expectedSize;

    protected override long HandedOut => _size;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _isEnded)
        {
            return 0;
        }

        if (!_isInChunk)
        {
            await ReadChunkHeadAsync(cancellationToken).ConfigureAwait(false);
            if (_chunkLeft == 0)
            {
                await ReadEndAsync(cancellationToken).ConfigureAwait(false);
                return 0;
            }
        }

        var count = await ReadBytesAsync(
            buffer[..(int)Math.Min(buffer.Length, _chunkLeft)], cancellationToken).ConfigureAwait(false);
        _hash?.AppendData(buffer.Span[..count]);
        _chunkLeft -= count;
        _size += count;
        if (_chunkLeft == 0)
        {
            if ((await ReadLineAsync(cancellationToken).ConfigureAwait(false)).Length != 0)
            {
                throw PayloadFault.Chunk("a chunk has more bytes than it says");
            }

            CheckChunk();
            _isInChunk = false;
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _hash?.Dispose();
            _source.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        base.Dispose(disposing);
    }

    async ValueTask ReadChunkHeadAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        var semicolon = line.IndexOf(';', StringComparison.Ordinal);
        var digits = semicolon < 0 ? line : line[..semicolon];
        var extension = semicolon < 0 ? "" : line[(semicolon + 1)..];
        if (digits.Length is 0 or > MaxSizeDigits || !digits.All(char.IsAsciiHexDigit))
        {
            throw PayloadFault.Chunk("a chunk's size is not a hexadecimal number");
        }

        _chunkLeft = Convert.ToInt64(digits, 16);
        if (_chunkLeft > _expectedSize - _size)
        {
            throw PayloadFault.Long();
        }

        var isSigned = extension.StartsWith(SignatureField, StringComparison.Ordinal);
        if (isSigned != _signatures is not null)
        {
            throw _signatures is null
                ? PayloadFault.Chunk("a chunk is signed, and the request says that none is")
                : PayloadFault.Chunk("a chunk is not signed");
        }

        _chunkSignature = isSigned ? extension[SignatureField.Length..] : "";
        _isInChunk = true;
    }

    async ValueTask ReadEndAsync(CancellationToken cancellationToken)
    {
        if (_size != _expectedSize)
        {
            throw PayloadFault.Short();
        }

        CheckChunk();
        if (_hasTrailers)
        {
            await ReadTrailersAsync(cancellationToken).ConfigureAwait(false);
        }
        else if ((await ReadLineAsync(cancellationToken).ConfigureAwait(false)).Length != 0)
        {
            throw PayloadFault.Chunk("something follows the last chunk");
        }

        if (_start < _end || await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            throw PayloadFault.Chunk("something follows the end");
        }

        _isEnded = true;
    }

    async ValueTask ReadTrailersAsync(CancellationToken cancellationToken)
    {
        string? signature = null;
        while (await ReadLineAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || _trailers.Count == MaxTrailers)
            {
                throw PayloadFault.Trailer($"one is not NAME:VALUE, or there are more than {MaxTrailers}");
            }

            var name = line[..colon].Trim().ToLowerInvariant();
            var value = line[(colon + 1)..].Trim();
            if (name == TrailerSignature)
            {
                signature = signature is null ? value : throw PayloadFault.Trailer("the signature is there twice");
            }
            else if (signature is not null || !_trailerNames.Contains(name) || !_trailers.TryAdd(name, value))
            {
                throw PayloadFault.Trailer(
                    "one is not named by x-amz-trailer, is there twice, or follows the signature");
            }
        }

        if (_trailerNames.Any(name => !_trailers.ContainsKey(name)))
        {
            throw PayloadFault.Trailer("one that x-amz-trailer names is missing");
        }

        if (_signatures is null)
        {
            return;
        }

        var signed = string.Concat(_trailers.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}:{pair.Value}\n"));
        if (signature is null || !_signatures.TryTrailer(signed, signature))
        {
            throw PayloadFault.ChunkSignature();
        }
    }

    void CheckChunk()
    {
        if (_signatures is { } signatures)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            _hash!.GetHashAndReset(hash);
            if (!signatures.TryChunk(hash, _chunkSignature))
            {
                throw PayloadFault.ChunkSignature();
            }
        }
    }

    // A line without its end. Lines are ASCII; a byte is a character here.
    async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (feed > MaxLineLength || (feed < 0 && _end - _start > MaxLineLength))
            {
                throw PayloadFault.Chunk($"a line has more than {MaxLineLength} bytes");
            }

            if (feed >= 0)
            {
                if (feed == 0 || _buffer[_start + feed - 1] != '\r')
                {
                    throw PayloadFault.Chunk("a line does not end with CR LF");
                }

                var line = Encoding.Latin1.GetString(_buffer, _start, feed - 1);
                _start += feed + 1;
                return line;
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                throw PayloadFault.Short();
            }
        }
    }

    async ValueTask<int> ReadBytesAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        int count;
        if (_start < _end)
        {
            count = Math.Min(target.Length, _end - _start);
            _buffer.AsMemory(_start, count).CopyTo(target);
            _start += count;
            return count;
        }

        count = await _source.ReadAsync(target, cancellationToken).ConfigureAwait(false);
        return count > 0 ? count : throw PayloadFault.Short();
    }

    /// <summary>Reads more behind what is there.</summary>
    /// <returns>False at the end.</returns>
    async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var count = await _source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
