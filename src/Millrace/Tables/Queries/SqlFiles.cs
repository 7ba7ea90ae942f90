using Millrace.Tables.Delta;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Queries;

/// <summary>Shows files that a query names by path or URL. Types come from all of their rows.</summary>
sealed class SqlFiles(SqlSession session, FrameEngine frames, FetchFiles? fetch)
{
    static readonly Dictionary<string, FileFormat> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".parquet"] = FileFormat.Parquet,
        [".pq"] = FileFormat.Parquet,
        [".csv"] = FileFormat.Csv,
        [".tsv"] = FileFormat.Csv,
        [".tab"] = FileFormat.Csv,
        [".txt"] = FileFormat.Csv,
        [".json"] = FileFormat.Json,
        [".jsonl"] = FileFormat.Json,
        [".ndjson"] = FileFormat.Json,
    };

    static readonly string[] Packings = [".gz", ".zst"];

    /// <summary>Whether a name can't be a table's, so that it must be a file's.</summary>
    public static bool IsFile(string name) => name.AsSpan().IndexOfAny("/.*?:\\") >= 0;

    static bool IsUrl(string name) => name.Contains("://", StringComparison.Ordinal)
        || name.StartsWith(Objects.ObjectUrl.Scheme, StringComparison.Ordinal);

    /// <summary>Makes a view of the files, under the name that the query has for them.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="MillraceException"><c>file-missing</c>, <c>file-format</c>, <c>table-log-damaged</c>, and what
    /// fetching has to say.</exception>
    public async Task<IReadOnlyList<SqlFile>> AttachAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Contains('\0', StringComparison.Ordinal))
            throw Missing(name.Replace('\0', '\uFFFD'));
        var isUrl = IsUrl(name);
        if (!isUrl && Directory.Exists(name))
            return AttachFolder(name);
        var files = isUrl ? await FetchAsync(name, cancellationToken).ConfigureAwait(false) : Find(name);
        var format = FormatOf(files[0]);
        if (files.FirstOrDefault(file => FormatOf(file) != format) is { } other)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "file-format",
                $"'{name}' means files of two formats: '{files[0].Name}' and '{other.Name}'.",
                "Name those of one format, such as 'data/*.parquet'.");
        }

        var source = new FileFrameSource(format, [.. files.Select(file => file.Path)], frames);
        session.Execute(
            $"create or replace view {SqlName.Quote(name)} as select * from {source.Relation(name)}",
            cancellationToken);
        return files;
    }

    /// <summary>A folder is a table of Delta Lake, or nothing that can be read.</summary>
    IReadOnlyList<SqlFile> AttachFolder(string name)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(name));
        var snapshot = DeltaLog.Read(Path.GetFileName(folder), folder) ?? throw new MillraceException(
            ErrorKind.NotFound, "file-missing", $"'{name}' is a folder without a Delta log.",
            $"Name its files, such as '{Path.Combine(name, "*.parquet")}'.");
        session.Attach(name, snapshot);
        return [.. snapshot.Files.Select(file => new SqlFile(snapshot.FullPath(file), snapshot.FullPath(file)))];
    }

    async Task<IReadOnlyList<SqlFile>> FetchAsync(string url, CancellationToken cancellationToken)
    {
        if (fetch is null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "file-format", $"'{url}' is a URL, and none can be fetched here.",
                "Fetch it first and name the file.");
        }

        var files = await fetch(url, cancellationToken).ConfigureAwait(false);
        return [.. files.Select(file => new SqlFile(file.Name, file.Path))];
    }

    List<SqlFile> Find(string name)
    {
        // A name that is there is that file, whatever characters it has.
        if (File.Exists(name))
            return [new SqlFile(Path.GetFullPath(name), Path.GetFullPath(name))];
        if (name.AsSpan().IndexOfAny("*?[") < 0)
            throw Missing(name);
        var found = session.Rows(
            "select file from glob($pattern) order by file", reader => Path.GetFullPath(reader.GetString(0)),
            new SqlParameter("pattern", name)).Where(File.Exists).Select(path => new SqlFile(path, path)).ToList();
        return found.Count > 0 ? found : throw Missing(name);
    }

    static MillraceException Missing(string name) => new(
        ErrorKind.NotFound, "file-missing", $"There is no file '{name}', nor a table of that name.",
        "A path begins at the folder that the command runs in; 'millrace table list' shows the tables.");

    static FileFormat FormatOf(SqlFile file)
    {
        var name = file.Name;
        if (Packings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase))
            name = Path.GetFileNameWithoutExtension(name);
        if (Endings.TryGetValue(Path.GetExtension(name), out var format))
            return format;
        return FormatOfBytes(file) ?? throw new MillraceException(
            ErrorKind.Invalid, "file-format", $"'{file.Name}' is neither Parquet nor CSV nor JSON by its name.",
            "Take it into a table with 'millrace ingest', which reads more formats, or call a function that says the "
            + "format, such as read_csv('…').");
    }

    /// <summary>An object has no name that ends in something: its first bytes tell.</summary>
    static FileFormat? FormatOfBytes(SqlFile file)
    {
        if (!IsUrl(file.Name))
            return null;
        using var stream = File.OpenRead(file.Path);
        Span<byte> head = stackalloc byte[4];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return head[..length].SequenceEqual("PAR1"u8) ? FileFormat.Parquet
            : length > 0 && head[0] is (byte)'{' or (byte)'[' ? FileFormat.Json : FileFormat.Csv;
    }
}
