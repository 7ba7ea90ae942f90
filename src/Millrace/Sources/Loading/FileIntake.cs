using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Millrace.Catalog;
using ZstdSharp;

namespace Millrace.Sources.Loading;

/// <summary>Brings a source to this machine as a plain file, and looks through it once on the way: one pass for hash
/// and marks.</summary>
/// <param name="temporaryFolder">Where it is put that must be unpacked, recoded, or can be read once.</param>
/// <param name="encoding">What texts are written in; null for UTF-8.</param>
/// <param name="progress">Told how far it is.</param>
sealed class FileIntake(string temporaryFolder, Encoding? encoding, IProgress<IngestProgress>? progress)
{
    const int BlockSize = 1 << 20;

    /// <summary>Unpacked bytes beyond which a packed file is checked for being a bomb.</summary>
    const long MaxUncheckedBytes = 1L << 30;

    /// <summary>How many times larger than its packed form a large file may be; gzip reaches 1,032 at most.</summary>
    const long MaxInflation = 1_100;

    int _count;

    /// <summary>A file of this machine; a packed one is unpacked aside, and a pipe is read to its end first.</summary>
    /// <exception cref="MillraceException"><c>source-missing</c>, <c>source-denied</c>, <c>source-damaged</c>,
    /// <c>source-encoding</c>, <c>source-inflates</c>, <c>disk-full</c>.</exception>
    public InputFile Take(string path, string name, CancellationToken cancellationToken)
    {
        if (!SourceStatus.Of(path).IsRegularFile)
        {
            using var pipe = new PatientStream(() => Open(path), cancellationToken);
            return TakeAside(pipe, name, 0, cancellationToken);
        }

        using var file = Open(path);
        Span<byte> magic = stackalloc byte[4];
        var packing = PackingOf(magic[..file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)]);
        file.Position = 0;
        return packing == Packing.None && encoding is null
            ? TakePlain(file, path, name, cancellationToken)
            : TakeAside(file, name, file.Length, cancellationToken);
    }

    /// <summary>A stream that can be read once, such as standard input.</summary>
    /// <param name="source">The bytes; packed or not.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="length">How many there are; 0 when nobody knows.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public InputFile TakeAside(Stream source, string name, long length, CancellationToken cancellationToken)
    {
        using var hashed = new HashedStream(source);
        var path = Path.Combine(temporaryFolder, $"ingest-{_count++:D6}");
        var marks = new FileMarks();
        var total = 0L;
        string hash;
        try
        {
            using var unpacked = Unpack(hashed);
            using var plain = Recoded(unpacked);
            using var target = File.Create(path, BlockSize);
            Pump(plain, bytes =>
            {
                target.Write(bytes);
                marks.Add(bytes);
                total += bytes.Length;
                if (total > MaxUncheckedBytes && total / MaxInflation > hashed.Count)
                {
                    throw Inflates(name, total, hashed.Count);
                }

                progress?.Report(new IngestProgress("fetching", hashed.Count, length, 0));
            }, cancellationToken);
            // What follows the packed bytes belongs to the input's hash.
            Pump(hashed, _ => { }, cancellationToken);
            hash = hashed.Hash();
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException or EndOfStreamException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "source-damaged", $"'{name}' can't be unpacked: {exception.Message}",
                "Fetch the file again; it may still have been written. Nothing was added.", exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-encoding",
                $"'{name}' is no text in {encoding!.WebName}: {exception.Message}",
                "Name another encoding with '--encoding'. Nothing was added.", exception);
        }

        return new InputFile(
            name, path, hash, hashed.Count, total, SourceStatus.Of(path).ModifiedAt, marks);
    }

    InputFile TakePlain(FileStream file, string path, string name, CancellationToken cancellationToken)
    {
        var changedAt = SourceStatus.Of(path).ModifiedAt;
        var marks = new FileMarks();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var total = 0L;
        Pump(file, bytes =>
        {
            hash.AppendData(bytes);
            marks.Add(bytes);
            total += bytes.Length;
            progress?.Report(new IngestProgress("hashing", total, file.Length, 0));
        }, cancellationToken);
        return new InputFile(
            name, path, Convert.ToHexStringLower(hash.GetHashAndReset()), total, total, changedAt, marks);
    }

    static void Pump(Stream source, Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            while (source.Read(buffer, 0, buffer.Length) is var read and > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                take(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static Stream Unpack(HashedStream source) => PackingOf(source.Peek(4)) switch
    {
        Packing.Gzip => new GzipInput(source),
        Packing.Zstd => new DecompressionStream(source, leaveOpen: true),
        _ => source,
    };

    Stream Recoded(Stream text) => encoding is null
        ? text : Encoding.CreateTranscodingStream(text, encoding, new UTF8Encoding(false), leaveOpen: true);

    static Packing PackingOf(ReadOnlySpan<byte> magic) => magic switch
    {
        [0x1f, 0x8b, ..] => Packing.Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing.Zstd,
        _ => Packing.None,
    };

    static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw SourceStatus.Failure(path, Errno.NoEntry, exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw SourceStatus.Denied(path, exception);
        }
    }

    static MillraceException Inflates(string name, long plain, long packed) => new(
        ErrorKind.Invalid, "source-inflates",
        $"'{name}' gives {plain:N0} bytes from {packed:N0} so far, more than {MaxInflation:N0} times as many.",
        "If it is no attack, unpack the file and ingest what comes out.");

    enum Packing
    {
        None = 0,
        Gzip = 1,
        Zstd = 2,
    }
}
