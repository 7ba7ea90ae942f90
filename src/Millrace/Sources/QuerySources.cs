using System.Collections.Concurrent;
using Millrace.Objects;
using Millrace.Sources.Loading;
using Millrace.Tables;
using Millrace.Tables.Frames;
using Millrace.Tables.Queries;

namespace Millrace.Sources;

/// <summary>Brings the files that a query names to this machine, in a form that DuckDB reads. What was brought is kept
/// as long as the process lives, and brought anew when a file here changed.</summary>
sealed class QuerySources(ObjectStore objects, RemotesSettings remotes, string temporaryFolder)
{
    readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<SqlFile>>> _fetched = new(StringComparer.Ordinal);

    /// <summary>The files of <c>s3://bucket/key</c> with wildcards in the key, of <c>object:HASH</c>, or of the path of
    /// an Arrow file or a workbook.</summary>
    /// <exception cref="MillraceException"><c>file-format</c>, <c>source-missing</c>, <c>source-damaged</c>,
    /// <c>source-inflates</c>, <c>remote-unavailable</c>, <c>remote-denied</c>, <c>object-missing</c>,
    /// <c>disk-full</c>.</exception>
    public async Task<IReadOnlyList<SqlFile>> FetchAsync(string name, CancellationToken cancellationToken)
    {
        if (ObjectUrl.TryParse(name, out var hash))
            return await Task.Run(() => Object(name, hash), cancellationToken).ConfigureAwait(false);
        if (File.Exists(name))
            return await OnceAsync(Key(name), () => [Convert(name, cancellationToken)]).ConfigureAwait(false);
        return name.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)
            ? await OnceAsync(name, () => Service(name, cancellationToken)).ConfigureAwait(false)
            : throw new MillraceException(
                ErrorKind.Invalid, "file-format", $"'{name}' can't be fetched.",
                "s3://bucket/key and object:HASH can; of others fetch the file first, for instance with curl.");
    }

    async Task<IReadOnlyList<SqlFile>> OnceAsync(string key, Func<IReadOnlyList<SqlFile>> bring)
    {
        var brought = _fetched.GetOrAdd(key, _ => new Lazy<IReadOnlyList<SqlFile>>(bring));
        try
        {
            return await Task.Run(() => brought.Value, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            // The next query tries again.
            _fetched.TryRemove(KeyValuePair.Create(key, brought));
            throw;
        }
    }

    static string Key(string path) =>
        $"{path}\n{new FileInfo(path).Length}\n{File.GetLastWriteTimeUtc(path).Ticks}";

    List<SqlFile> Service(string url, CancellationToken cancellationToken) =>
        [.. new ServiceSources(SettingsOf(url)).Take(url, Intake(), cancellationToken)
            .Select(file => Readable(file, cancellationToken))];

    /// <summary>A bucket that a remote names is reached as that remote is; else as the AWS SDK finds it by itself.
    /// </summary>
    RemoteSettings SettingsOf(string url)
    {
        var bucket = url.Split('/')[2];
        return remotes.ByName.Values.FirstOrDefault(remote =>
                remote.Url.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)
                && remote.Url.Split('/')[2] == bucket)
            ?? new RemoteSettings
            {
                Url = url,
                Endpoint = Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3")
                    ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL"),
            };
    }

    SqlFile Convert(string path, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        return Readable(Intake().Take(full, full, cancellationToken), cancellationToken);
    }

    /// <summary>A file as DuckDB reads it: Arrow becomes Parquet, the first sheet of a workbook lines of JSON, and what
    /// was packed is plain by now.</summary>
    SqlFile Readable(InputFile file, CancellationToken cancellationToken)
    {
        file.Format = FormatGuess.Of(file, SourceFormat.Auto);
        var (path, format) = file.Format switch
        {
            SourceFormat.Arrow => (ToParquet(file, cancellationToken), FileFormat.Parquet),
            SourceFormat.Excel => (ToJsonLines(file, cancellationToken), FileFormat.Json),
            SourceFormat.Parquet => (file.Path, FileFormat.Parquet),
            SourceFormat.Json or SourceFormat.JsonLines => (file.Path, FileFormat.Json),
            SourceFormat.Csv or SourceFormat.Tsv => (file.Path, FileFormat.Csv),
            var other => throw new MillraceException(
                ErrorKind.Invalid, "file-format", $"'{file.Name}' is {other} and can't be queried as it is.",
                "Take it into a table with 'millrace ingest'."),
        };
        return new SqlFile(file.Name, path) { Format = format, Origin = (file.Hash, file.SizeBytes) };
    }

    string ToParquet(InputFile file, CancellationToken cancellationToken)
    {
        using var session = new SqlSession(temporaryFolder);
        return ArrowInput.ToParquet(session, file, temporaryFolder, cancellationToken);
    }

    string ToJsonLines(InputFile file, CancellationToken cancellationToken)
    {
        var path = Path.Join(temporaryFolder, $"sheet-{Guid.CreateVersion7():N}.jsonl");
        WorkbookReader.ToJsonLines(file, new IngestSettings { Table = "", Sources = [] }, path, cancellationToken);
        return path;
    }

    FileIntake Intake()
    {
        var folder = Path.Join(temporaryFolder, $"query-{Guid.CreateVersion7():N}");
        Directory.CreateDirectory(folder);
        return new FileIntake(folder, null, null);
    }

    List<SqlFile> Object(string url, ContentHash hash)
    {
        var path = Path.Join(temporaryFolder, $"object-{hash}");
        if (!File.Exists(path))
        {
            var aside = Path.Join(temporaryFolder, $"object-{Guid.CreateVersion7():N}");
            using (var file = File.OpenHandle(aside, FileMode.CreateNew, FileAccess.Write))
                objects.CopyTo(hash, file);
            Catalog.DurableFile.TryLink(aside, path);
            File.Delete(aside);
        }

        return [Readable(Intake().Take(path, url, CancellationToken.None), CancellationToken.None)];
    }
}
