using System.Buffers;
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

    /// <summary>What DuckDB does not read by itself.</summary>
    static readonly string[] Converted = [".arrow", ".arrows", ".feather", ".ipc", ".xlsx", ".xlsm"];

    static readonly string[] Packings = [".gz", ".zst"];

    static readonly SearchValues<char> OfPaths = SearchValues.Create("/.*?:\\");

    /// <summary>Whether a name can't be a table's, so that it must be a file's.</summary>
    public static bool IsFile(string name) => name.AsSpan().ContainsAny(OfPaths);

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
        var files = isUrl
            ? await FetchAsync(name, cancellationToken).ConfigureAwait(false)
            : await FindAsync(name, cancellationToken).ConfigureAwait(false);
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

        return await fetch(url, cancellationToken).ConfigureAwait(false);
    }

    async Task<IReadOnlyList<SqlFile>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var files = new List<SqlFile>();
        foreach (var file in Find(name))
        {
            if (fetch is not null && Converted.Contains(Path.GetExtension(file.Name), StringComparer.OrdinalIgnoreCase))
                files.AddRange(await fetch(file.Path, cancellationToken).ConfigureAwait(false));
            else
                files.Add(file);
        }

        return files;
    }

    List<SqlFile> Find(string name)
    {
        // A name that is there is that file, whatever characters it has.
        if (File.Exists(name))
            return [new SqlFile(Path.GetFullPath(name), Path.GetFullPath(name))];
        if (name.AsSpan().IndexOfAny("*?[") < 0)
            throw Missing(name);
        var found = Glob(session, name).Select(path => new SqlFile(path, path)).ToList();
        return found.Count > 0 ? found : throw Missing(name);
    }

    /// <summary>Checks files of Parquet that are there, before a function reads them.</summary>
    /// <exception cref="MillraceException"><c>file-damaged</c>.</exception>
    public static void CheckParquet(SqlSession session, IEnumerable<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (File.Exists(pattern))
                ParquetCheck.Check([pattern]);
            else if (pattern.AsSpan().IndexOfAny("*?[") >= 0 && !IsUrl(pattern))
                ParquetCheck.Check(Glob(session, pattern));
        }
    }

    static IEnumerable<string> Glob(SqlSession session, string pattern) => session.Rows(
        "select file from glob($pattern) order by file", reader => Path.GetFullPath(reader.GetString(0)),
        new SqlParameter("pattern", pattern)).Where(File.Exists);

    static MillraceException Missing(string name) => new(
        ErrorKind.NotFound, "file-missing", $"There is no file '{name}', nor a table of that name.",
        "A path begins at the folder that the command runs in; 'millrace table list' shows the tables.");

    static FileFormat FormatOf(SqlFile file)
    {
        if (file.Format is { } known)
            return known;
        var name = Packings.Contains(Path.GetExtension(file.Name), StringComparer.OrdinalIgnoreCase)
            ? Path.GetFileNameWithoutExtension(file.Name) : file.Name;
        return Endings.TryGetValue(Path.GetExtension(name), out var format) ? format : throw new MillraceException(
            ErrorKind.Invalid, "file-format", $"'{file.Name}' has no ending that tells how it is to be read.",
            "Take it into a table with 'millrace ingest', which looks into the file, or call a function that says the "
            + "format, such as read_csv('…').");
    }
}
