using System.Collections.Concurrent;
using Millrace.Objects;
using Millrace.Sources.Loading;

namespace Millrace.Sources;

/// <summary>Brings the files that a query names by URL to this machine, as plain files that DuckDB can read. What was
/// brought is kept as long as the process lives.</summary>
sealed class QuerySources(ObjectStore objects, RemotesSettings remotes, string temporaryFolder)
{
    readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<(string Name, string Path)>>> _fetched =
        new(StringComparer.Ordinal);

    /// <summary>The files of a URL: <c>s3://bucket/key</c> with wildcards in the key, or <c>object:HASH</c>.</summary>
    /// <exception cref="MillraceException"><c>file-format</c>, <c>source-missing</c>, <c>remote-unavailable</c>,
    /// <c>remote-denied</c>, <c>object-missing</c>, <c>disk-full</c>.</exception>
    public async Task<IReadOnlyList<(string Name, string Path)>> FetchAsync(
        string url, CancellationToken cancellationToken)
    {
        if (ObjectUrl.TryParse(url, out var hash))
            return [(url, await Task.Run(() => Object(hash), cancellationToken).ConfigureAwait(false))];
        if (!url.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "file-format", $"'{url}' can't be fetched.",
                "s3://bucket/key and object:HASH can; of others fetch the file first, for instance with curl.");
        }

        var fetch = _fetched.GetOrAdd(
            url, _ => new Lazy<IReadOnlyList<(string, string)>>(() => Service(url, cancellationToken)));
        try
        {
            return await Task.Run(() => fetch.Value, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The next query tries again.
            _fetched.TryRemove(KeyValuePair.Create(url, fetch));
            throw;
        }
    }

    List<(string Name, string Path)> Service(string url, CancellationToken cancellationToken)
    {
        var folder = Path.Join(temporaryFolder, $"query-{Guid.CreateVersion7():N}");
        Directory.CreateDirectory(folder);
        return [.. new ServiceSources(SettingsOf(url)).Take(url, new FileIntake(folder, null), cancellationToken)
            .Select(file => (Plain(file.Name), file.Path))];
    }

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

    // What was packed is plain now, and its name tells how it is read.
    static string Plain(string name) => Path.GetExtension(name).ToLowerInvariant() is ".gz" or ".zst"
        ? name[..name.LastIndexOf('.')] : name;

    string Object(ContentHash hash)
    {
        var path = Path.Join(temporaryFolder, $"object-{hash}");
        if (File.Exists(path))
            return path;
        var aside = Path.Join(temporaryFolder, $"object-{Guid.CreateVersion7():N}");
        using (var file = File.OpenHandle(aside, FileMode.CreateNew, FileAccess.Write))
            objects.CopyTo(hash, file);
        Catalog.DurableFile.TryLink(aside, path);
        File.Delete(aside);
        return path;
    }
}
