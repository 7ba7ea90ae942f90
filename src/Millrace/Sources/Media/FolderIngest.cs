using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Millrace.Objects;
using Millrace.Sources.Loading;
using Millrace.Tables;

namespace Millrace.Sources.Media;

/// <summary>Takes the files of folders into the object store, and a row for each of them into a table.</summary>
sealed class FolderIngest(IngestSettings settings, IProgress<IngestProgress>? progress)
{
    const int MaxFiles = 10_000_000;

    static readonly RowSchema<MediaRow> Rows = new RowSchema<MediaRow>()
        .Text("url", row => row.Url)
        .Text("path", row => row.Path)
        .Text("hash", row => row.Hash)
        .Int64("size_bytes", row => row.SizeBytes)
        .Text("media_type", row => row.Facts?.MediaType)
        .Int64("width", row => row.Facts?.Width)
        .Int64("height", row => row.Facts?.Height)
        .Double("duration_seconds", row => row.Facts?.DurationSeconds)
        .Text("taken_at", row => Clean(row.Facts?.TakenAt))
        .Int64("orientation", row => row.Facts?.Orientation)
        .Text("camera", row => Clean(row.Facts?.Camera))
        .Double("latitude", row => row.Facts?.Latitude)
        .Double("longitude", row => row.Facts?.Longitude)
        .Time("modified_at", row => row.ModifiedAt);

    static readonly RowSchema<MediaRow> Bad = new RowSchema<MediaRow>()
        .Text("file", row => row.Path)
        .Text("file_hash", row => row.Hash)
        .Int64("line", _ => null)
        .Text("column_name", _ => null)
        .Text("reason", row => row.Fault)
        .Text("raw", _ => null)
        .Text("object", row => row.Url);

    /// <summary>The columns of the table.</summary>
    public static TableSchema Schema => Rows.Schema;

    /// <summary>Stores the files that the table does not have yet.</summary>
    /// <param name="known">Path and hash of the files that it has.</param>
    /// <param name="batch">Where the objects go; null stores nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<MediaRow>> ReadAsync(
        IReadOnlySet<(string Path, string Hash)> known, ObjectBatch? batch, CancellationToken cancellationToken)
    {
        var files = settings.Sources.SelectMany(Files).ToList();
        var rows = new MediaRow[files.Count];
        var done = 0;
        var bytes = 0L;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, files.Count),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = settings.Parallelism,
                CancellationToken = cancellationToken,
            },
            async (i, token) =>
            {
                var (path, name, trouble) = files[i];
                rows[i] = trouble is null
                    ? await RowAsync(path, name, known, batch, token).ConfigureAwait(false)
                    : Unread(name, $"It can't be read: {trouble.TrimEnd('.')}.", known);
                progress?.Report(new IngestProgress(
                    "storing", Interlocked.Add(ref bytes, rows[i].SizeBytes), 0, Interlocked.Increment(ref done)));
            }).ConfigureAwait(false);
        return rows;
    }

    /// <summary>Puts rows into the session as the tables <c>media</c> and <c>bad_media</c>.</summary>
    public static void Load(SqlSession session, IReadOnlyList<MediaRow> rows)
    {
        Rows.Load(session, "media", rows.Where(row => row.Fault is null && !row.IsKnown));
        Bad.Load(session, "bad_media", rows.Where(row => row.Fault is not null && !row.IsKnown));
    }

    /// <summary>What all files are together: the hash of their names and hashes.</summary>
    public static string HashOf(IEnumerable<MediaRow> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("millrace folder 1\n"u8);
        foreach (var row in rows)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{row.Hash} {row.Path}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Files, and folders that can't be looked at.</summary>
    static IEnumerable<(string Path, string Name, string? Fault)> Files(string source)
    {
        if (!Directory.Exists(source))
        {
            return SourceSearch.Files(source).Select(
                path => (path, Path.GetFileName(path), (string?)null));
        }

        var found = new List<(string, string, string?)>();
        foreach (var (path, fault) in FolderWalk.Files(source, isDeep: true))
        {
            if (fault is not null && path == source)
            {
                throw SourceStatus.Denied(source, null);
            }

            var name = Path.GetRelativePath(source, path);
            found.Add((path, fault is null ? name : name + "/", fault));
            if (found.Count > MaxFiles)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "sources-many", $"'{source}' has more than {MaxFiles:N0} files.",
                    "Ingest its folders one after the other.");
            }
        }

        found.Sort((left, right) => string.CompareOrdinal(left.Item2, right.Item2));
        return found;
    }

    async Task<MediaRow> RowAsync(
        string path,
        string name,
        IReadOnlySet<(string Path, string Hash)> known,
        ObjectBatch? batch,
        CancellationToken cancellationToken)
    {
        if (!SourceStatus.TryOf(path, out var status, out var error))
        {
            return Unread(name, $"It can't be read: {SourceStatus.Describe(error)}.", known);
        }

        if (!status.IsRegularFile)
        {
            return Unread(name, $"It is {status.Noun}.", known);
        }

        MediaFacts facts;
        long size;
        try
        {
            (facts, size) = Look(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unread(name, $"It can't be read: {exception.Message}", known);
        }

        var hash = batch is null
            ? await ContentHash.OfFileAsync(path, cancellationToken).ConfigureAwait(false)
            : await batch.PutFileAsync(path, cancellationToken).ConfigureAwait(false);
        var fault = facts.Fault is { } damage ? $"It {damage.TrimEnd('.')}."
            : IsWanted(facts.MediaType) ? null : $"It is {facts.MediaType}, not {Wanted}.";
        return new MediaRow(
            name, ObjectUrl.Format(hash), hash.ToString(), size, facts, File.GetLastWriteTimeUtc(path), fault,
            known.Contains((name, hash.ToString())));
    }

    /// <summary>A row of the quarantine without a hash; once it stands there it is not added again.</summary>
    static MediaRow Unread(string name, string fault, IReadOnlySet<(string Path, string Hash)> known) =>
        new(name, null, "", 0, null, null, fault, known.Contains((name, "")));

    static (MediaFacts Facts, long Size) Look(string path)
    {
        using var handle = File.OpenHandle(path);
        var length = RandomAccess.GetLength(handle);
        var head = Read(handle, 0, (int)Math.Min(length, MediaHeader.HeadBytes));
        var tail = (int)Math.Min(length, MediaHeader.TailBytes);
        return (MediaHeader.Read(head, Read(handle, length - tail, tail), length), length);
    }

    static byte[] Read(SafeFileHandle handle, long offset, int count)
    {
        var bytes = new byte[count];
        var read = 0;
        while (read < count && RandomAccess.Read(handle, bytes.AsSpan(read), offset + read) is var more and > 0)
        {
            read += more;
        }

        return bytes[..read];
    }

    bool IsWanted(string type) => settings.Kind switch
    {
        FileKind.Images => type.StartsWith("image/", StringComparison.Ordinal),
        FileKind.Audio => type.StartsWith("audio/", StringComparison.Ordinal),
        FileKind.Text => type.StartsWith("text/", StringComparison.Ordinal),
        _ => true,
    };

    string Wanted => settings.Kind switch
    {
        FileKind.Images => "an image",
        FileKind.Audio => "audio",
        _ => "text",
    };

    static string? Clean(string? text) => text?.Replace('\0', ' ');
}
