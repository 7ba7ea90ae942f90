using System.Security.Cryptography;
using Millrace.Objects;

namespace Millrace.Buckets.Payload;

/// <summary>A payload that is compared with what its request says of it. The bytes that complete it are handed out only
/// after everything was found right: whoever got all of them got what was meant. For one reader.</summary>
public sealed class VerifiedPayloadStream : ForwardStream
{
    readonly Stream _source;
    readonly PayloadExpectation _expectation;
    readonly IncrementalHash? _sha256;
    readonly ChunkedPayloadStream? _chunks;
    readonly byte[] _probe = new byte[1];

    IncrementalHash? _md5;
    ChecksumHash? _checksum;
    long _size;
    bool _isVerified;
    MillraceException? _failure;

    /// <param name="source">The bytes as they come, or a <see cref="ChunkedPayloadStream"/>, whose trailers are then
    /// used; owned.</param>
    /// <param name="expectation">What they must be.</param>
    public VerifiedPayloadStream(Stream source, PayloadExpectation expectation)
    {
        _source = source;
        _expectation = expectation;
        _chunks = source as ChunkedPayloadStream;
        _sha256 = expectation.Sha256 is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _checksum = expectation.Algorithm is { } algorithm ? new ChecksumHash(algorithm) : null;
        if (expectation.Md5 is not null)
        {
            AskForMd5();
        }
    }

    /// <summary>The MD5, once the payload was read and if it was asked for or sent.</summary>
    public byte[]? Md5 { get; private set; }

    /// <summary>Whether the SHA-256 is computed, because it was sent.</summary>
    public bool HasSha256 => _sha256 is not null;

    /// <summary>The SHA-256, once the payload was read and if it was sent as x-amz-content-sha256.</summary>
    public byte[]? Sha256 { get; private set; }

    /// <summary>The checksum, once the payload was read and if one was asked for or sent.</summary>
    public (ChecksumAlgorithm Algorithm, byte[] Value)? Checksum { get; private set; }

    protected override long HandedOut => _size;

    /// <summary>Has the MD5 computed; to be called before the first read, or at any time for an empty
    /// payload.</summary>
    public void AskForMd5()
    {
        ThrowIfBegun();
        _md5 ??= IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        if (_isVerified)
        {
            Md5 ??= _md5.GetCurrentHash();
        }
    }

    /// <summary>Has a checksum computed if the request sends none itself; when, is as for the MD5.</summary>
    public void AskForChecksum(ChecksumAlgorithm algorithm)
    {
        ThrowIfBegun();
        _checksum ??= new ChecksumHash(algorithm);
        if (_isVerified)
        {
            Checksum ??= (_checksum.Algorithm, _checksum.Current());
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _isVerified)
        {
            return 0;
        }

        if (_failure is not null)
        {
            // What failed stays failed, also for a reader that tries again.
            throw _failure;
        }

        try
        {
            return await ReadNextAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException failure)
        {
            _failure = failure;
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _sha256?.Dispose();
            _md5?.Dispose();
            _checksum?.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    async ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await _source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Append(buffer.Span[..count]);
        if (count == 0)
        {
            Verify();
        }
        else if (_size == _expectation.SizeBytes)
        {
            if (await _source.ReadAsync(_probe, cancellationToken).ConfigureAwait(false) != 0)
            {
                throw PayloadFault.Long();
            }

            Verify();
        }

        return count;
    }

    void Append(ReadOnlySpan<byte> bytes)
    {
        _size += bytes.Length;
        if (_size > _expectation.SizeBytes)
        {
            throw PayloadFault.Long();
        }

        _sha256?.AppendData(bytes);
        _md5?.AppendData(bytes);
        _checksum?.Append(bytes);
    }

    void Verify()
    {
        if (_size < _expectation.SizeBytes)
        {
            throw PayloadFault.Short();
        }

        Sha256 = _sha256?.GetCurrentHash();
        if (_expectation.Sha256 is { } hash && !hash.AsSpan().SequenceEqual(Sha256))
        {
            throw PayloadFault.Hash();
        }

        var md5 = _md5?.GetCurrentHash();
        if (_expectation.Md5 is { } expected && !expected.AsSpan().SequenceEqual(md5))
        {
            throw PayloadFault.Digest("Content-MD5");
        }

        VerifyChecksum();
        Md5 = md5;
        _isVerified = true;
    }

    void VerifyChecksum()
    {
        if (_checksum is null)
        {
            return;
        }

        var value = _checksum.Current();
        if (_expectation.Algorithm is { } algorithm)
        {
            var name = algorithm.Header();
            var expected = _expectation.Checksum
                ?? (_chunks?.Trailers.GetValueOrDefault(name) is { } text
                    ? PayloadExpectation.ParseChecksum(text, algorithm)
                    : throw PayloadFault.Trailer($"{name} is missing"));
            if (!expected.AsSpan().SequenceEqual(value))
            {
                throw PayloadFault.Digest(name);
            }
        }

        Checksum = (_checksum.Algorithm, value);
    }

    void ThrowIfBegun()
    {
        if (_size > 0)
        {
            throw new InvalidOperationException("A digest must be asked for before the payload is read.");
        }
    }
}
