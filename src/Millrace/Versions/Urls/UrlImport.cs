using System.Text;
using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Versions.Files;

namespace Millrace.Versions.Urls;

/// <summary>Brings one file in from an address: stores it, stages it and remembers where it is from. Nothing is read
/// again that has not changed there.</summary>
/// <param name="versions">Where it goes.</param>
/// <param name="time">The clock.</param>
public sealed class UrlImport(VersionStore versions, TimeProvider time)
{
    const string FolderName = "sources";
    const long RecordBytesMax = 1 << 20;

    /// <param name="url">http, https, s3://bucket/key, file:///path, or a path.</param>
    /// <param name="path">Where it goes, from the root.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it; nothing is staged then.</param>
    /// <returns>What is recorded, and whether it was taken now.</returns>
    /// <exception cref="MillraceException"><c>source-refused</c>, <c>source-local</c>, <c>source-unavailable</c>,
    /// <c>source-large</c>, <c>checksum-wrong</c>, <c>local-changes</c>, <c>file-missing</c>.</exception>
    public async Task<(UrlImportRecord Record, bool IsTaken)> ImportAsync(
        string url, string path, UrlImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckPath(path);
        var known = Read(path);
        CheckPlace(path, known, options);
        using var hold = versions.Objects.Hold();
        var isKnown = options.IsUpdate && known?.Url == url && ContentHash.TryParse(known.Hash, out var hash)
            && hold.Keeps(hash);
        using var web = new WebSource(options.AllowsLocal);
        var found = await OpenAsync(web, url, isKnown ? known : null, options, cancellationToken).ConfigureAwait(false);
        if (found.Content is null)
            return (known!, false);
        await using var content = found.Content.ConfigureAwait(false);
        if (found.SizeBytes > options.SizeMax)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-large", $"'{url}' has {found.SizeBytes} bytes, more than {options.SizeMax}.",
                "When that is meant, allow more with '--max-size'.");
        }

        using var batch = versions.Objects.BeginBatch();
        using var limited = new LimitedStream(found.Content, options.SizeMax, url);
        var stored = await batch.PutAsync(limited, cancellationToken).ConfigureAwait(false);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (found.SizeBytes is { } said && said != limited.Count)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "source-unavailable",
                $"'{url}' gave {limited.Count} bytes of the {said} that it has.", "Run the command again.");
        }

        var record = new UrlImportRecord(
            path, url, found.Tag, found.LastModified, found.Version, stored.ToString(), limited.Count,
            time.GetUtcNow());
        await KeepAsync(record, stored, options, cancellationToken).ConfigureAwait(false);
        return (record, true);
    }

    /// <summary>Takes content that the store has already, without reading it.</summary>
    /// <param name="url">What it is called where it is from.</param>
    /// <param name="path">Where it goes, from the root.</param>
    /// <param name="content">The object.</param>
    /// <param name="tag">Tells its version apart.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(UrlImportRecord Record, bool IsTaken)> TakeAsync(
        string url, string path, ContentHash content, string? tag, UrlImportOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckPath(path);
        var known = Read(path);
        if (options.IsUpdate && known is not null && known.Url == url && known.Hash == content.ToString())
            return (known, false);
        CheckPlace(path, known, options);
        using var batch = versions.Objects.BeginBatch();
        if (!batch.Keeps(content))
        {
            // A sweep is about to drop it.
            var stream = versions.Objects.OpenRead(content);
            await using var opened = stream.ConfigureAwait(false);
            await batch.PutAsync(stream, cancellationToken).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        var record = new UrlImportRecord(
            path, url, tag, null, null, content.ToString(), versions.Objects.Size(content), time.GetUtcNow());
        await KeepAsync(record, content, options, cancellationToken).ConfigureAwait(false);
        return (record, true);
    }

    /// <summary>What is known of a path; null when it was not brought in.</summary>
    public UrlImportRecord? Read(string path)
    {
        var file = FileOf(path);
        if (!File.Exists(file))
            return null;
        try
        {
            var record = new FileInfo(file).Length > RecordBytesMax ? null
                : JsonSerializer.Deserialize(File.ReadAllBytes(file), VersionsJson.Default.UrlImportRecord);
            return record?.Path == path ? record : null;
        }
        catch (JsonException)
        {
            // Then it is taken as if it had never been.
            return null;
        }
    }

    static async Task<UrlContent> OpenAsync(
        WebSource web, string url, UrlImportRecord? known, UrlImportOptions options,
        CancellationToken cancellationToken)
    {
        if (url.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
            || url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var uri)
                ? await web.OpenAsync(uri, known, cancellationToken).ConfigureAwait(false)
                : throw new MillraceException(
                    ErrorKind.Invalid, "source-refused", $"'{url}' is no address.", "Write https://host/path.");
        }

        var address = BackendAddress.Parse(url, Environment.CurrentDirectory);
        return address.IsS3
            ? await OpenServiceAsync(address, known, options, cancellationToken).ConfigureAwait(false)
            : OpenFile(address.Path, known);
    }

    static async Task<UrlContent> OpenServiceAsync(
        BackendAddress address, UrlImportRecord? known, UrlImportOptions options, CancellationToken cancellationToken)
    {
        var service = new S3Backend(address with { Path = "" }, options.Service);
        try
        {
            var (size, tag, version) = await service.StatAsync(address.Path, cancellationToken).ConfigureAwait(false);
            if (known?.Tag == tag && known.Version == version)
            {
                service.Dispose();
                return new UrlContent(null, tag, null, version, size);
            }

            return new UrlContent(new ServiceStream(service, address.Path, size), tag, null, version, size);
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    static UrlContent OpenFile(string path, UrlImportRecord? known)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "file-missing", $"There is no file '{path}'.", "Check the path.");
        }

        var tag = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{file.Length}-{file.LastWriteTimeUtc.Ticks}");
        return known?.Tag == tag
            ? new UrlContent(null, tag, null, null, file.Length)
            : new UrlContent(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), tag, null,
                null, file.Length);
    }

    async Task KeepAsync(
        UrlImportRecord record, ContentHash content, UrlImportOptions options, CancellationToken cancellationToken)
    {
        if (options.Checksum is { } wanted && wanted != content)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "checksum-wrong", $"'{record.Url}' has SHA-256 {content}; {wanted} was expected.",
                "It is another file, or was damaged on the way. Nothing was changed here.");
        }

        await versions.StageAsync(
            record.Path, new TreeEntry("", TreeEntryKind.File, content, record.SizeBytes, 1), cancellationToken)
            .ConfigureAwait(false);
        DurableFile.CreateFolder(Path.GetDirectoryName(FileOf(record.Path))!);
        DurableFile.Write(
            FileOf(record.Path), JsonSerializer.SerializeToUtf8Bytes(record, VersionsJson.Default.UrlImportRecord));
        await versions.Catalog.WriteAsync(
            session =>
            {
                Note(session, record);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    static void Note(CatalogSession session, UrlImportRecord record)
    {
        var run = Guid.CreateVersion7().ToString();
        var now = CatalogTime.FromMicroseconds(session.Now);
        LineageLog.StartRun(
            session, new Run(run, "command", "import-url", null, null, "", "{}", RunOutcome.Succeeded, null, now, now));
        var summary = new System.Text.Json.Nodes.JsonObject
        {
            ["bytes"] = record.SizeBytes,
            ["url"] = WithoutQuery(record.Url),
            ["tag"] = record.Tag,
        };
        var version = LineageLog.AddVersion(
            session, "file", record.Path, null, record.Hash, run, summary.ToJsonString());
        LineageLog.AddEdge(session, new LineageEdge(run, version.Id, true, "import"));
    }

    /// <summary>A query may have a signature in it.</summary>
    static string WithoutQuery(string url) => url.Split('?', 2)[0];

    static void CheckPath(string path)
    {
        if (path.Length == 0 || !path.Split('/').All(TreeNode.IsName))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-outside", $"'{path}' is no path of a file in the workspace.",
                "Name where it shall go, such as 'data/labels.csv'.");
        }
    }

    /// <summary>A file that is there is replaced only when it is what was brought in before.</summary>
    void CheckPlace(string path, UrlImportRecord? known, UrlImportOptions options)
    {
        var file = Path.Join(versions.Root, path);
        if (Directory.Exists(file))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "local-changes", $"There is a folder at '{path}'.", "Name the file in it.");
        }

        if (!File.Exists(file) || (known is not null && options.IsUpdate && FileHash.Of(file).ToString() == known.Hash))
            return;
        throw new MillraceException(
            ErrorKind.Conflict, "local-changes",
            known is null || options.IsUpdate
                ? $"'{path}' is there and is not what was brought in."
                : $"'{path}' was brought in already, from '{WithoutQuery(known.Url)}'.",
            known is null || options.IsUpdate
                ? "Move it away, or name another path." : "Take what is new there with '--update'.");
    }

    string FileOf(string path) => Path.Join(
        versions.State.Folder, FolderName, ContentHash.Of(Encoding.UTF8.GetBytes(path)).ToString()[..32] + ".json");
}
