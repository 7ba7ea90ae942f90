using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Files;

namespace Millrace.Versions.Urls;

/// <summary>Brings one file in from an address: stores it, stages it, or beside git writes its pointer, and remembers
/// where it is from. Nothing is read again that has not changed there.</summary>
/// <param name="versions">Where it goes.</param>
/// <param name="git">The work tree of git that it is in; null when it is in none.</param>
/// <param name="time">The clock.</param>
public sealed partial class UrlImport(VersionStore versions, GitWorkTree? git, TimeProvider time)
{
    /// <summary>How often a source that changes while it is read is read from its beginning.</summary>
    const int AttemptsMax = 3;

    /// <param name="url">http, https, s3://bucket/key, file:///path, or a path.</param>
    /// <param name="path">Where it goes, from the root.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it; nothing is staged then.</param>
    /// <exception cref="MillraceException"><c>source-refused</c>, <c>source-local</c>, <c>source-unavailable</c>,
    /// <c>source-changed</c>, <c>source-large</c>, <c>checksum-wrong</c>, <c>local-changes</c>, <c>file-missing</c>,
    /// and beside git those of <see cref="GitWorkTree.AddAsync"/>.</exception>
    public async Task<UrlImportResult> ImportAsync(
        string url, string path, UrlImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var known = await BeginAsync(path, options, cancellationToken).ConfigureAwait(false);
        using var hold = versions.Objects.Hold();
        var isKnown = options.IsUpdate && known?.Url == url && ContentHash.TryParse(known.Hash, out var hash)
            && hold.Keeps(hash);
        using var web = new WebSource(options.AllowsLocal);
        string? before = null;
        for (var attempt = 1; ; attempt++)
        {
            // Nothing that it stored is swept before it is staged.
            using var batch = versions.Objects.BeginBatch();
            UrlImportRecord? record;
            bool isOne;
            try
            {
                (record, isOne) = await ReadAsync(
                    batch, web, url, path, isKnown ? known : null, options, cancellationToken).ConfigureAwait(false);
            }
            catch (MillraceException changed) when (changed.Code == "source-changed" && attempt < AttemptsMax)
            {
                continue;
            }

            if (record is null)
                return new UrlImportResult(known!, false, []);
            // A server may tell other tags of the same content: what came twice is one.
            if (isOne || record.Hash == before)
            {
                var files = await KeepAsync(record, known, options, cancellationToken).ConfigureAwait(false);
                return new UrlImportResult(record, true, files);
            }

            before = record.Hash;
            if (attempt == AttemptsMax)
                throw BackendErrors.Changed("the source", WithoutQuery(url));
        }
    }

    /// <summary>Stores what an address has.</summary>
    /// <returns>Null when it has not changed; and whether it is one content, as far as anybody can tell.</returns>
    async Task<(UrlImportRecord? Record, bool IsOne)> ReadAsync(
        ObjectBatch batch, WebSource web, string url, string path, UrlImportRecord? known, UrlImportOptions options,
        CancellationToken cancellationToken)
    {
        var found = await OpenAsync(web, url, known, options, cancellationToken).ConfigureAwait(false);
        if (found.Content is null)
            return (null, true);
        await using var content = found.Content.ConfigureAwait(false);
        if (found.SizeBytes > options.SizeMax)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-large", $"'{url}' has {found.SizeBytes} bytes, more than {options.SizeMax}.",
                "When that is meant, allow more with '--max-size'.");
        }

        using var limited = new LimitedStream(found.Content, options.SizeMax, url, options.Progress);
        var stored = await batch.PutAsync(limited, cancellationToken).ConfigureAwait(false);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (found.SizeBytes is { } said && said != limited.Count)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "source-unavailable",
                $"'{url}' gave {limited.Count} bytes of the {said} that it has.", "Run the command again.");
        }

        var isOne = found.IsStillThere is not { } ask || await ask(cancellationToken).ConfigureAwait(false);
        return (new UrlImportRecord(
            path, url, found.Tag, found.LastModified, found.Version, stored.ToString(), limited.Count,
            time.GetUtcNow()), isOne);
    }

    /// <summary>Takes content that the store has already, without reading it.</summary>
    /// <param name="url">What it is called where it is from.</param>
    /// <param name="path">Where it goes, from the root.</param>
    /// <param name="content">The object.</param>
    /// <param name="tag">Tells its version apart.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<UrlImportResult> TakeAsync(
        string url, string path, ContentHash content, string? tag, UrlImportOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var known = await BeginAsync(path, options, cancellationToken).ConfigureAwait(false);
        if (options.IsUpdate && known is not null && known.Url == url && known.Hash == content.ToString())
            return new UrlImportResult(known, false, []);
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
        var files = await KeepAsync(record, known, options, cancellationToken).ConfigureAwait(false);
        return new UrlImportResult(record, true, files);
    }

    /// <summary>What is known of a path; null when it was not brought in.</summary>
    public UrlImportRecord? Read(string path) => UrlImportFile.Known(versions.State, path).Read();

    /// <summary>Looks, before anything is read, whether it may go there.</summary>
    async Task<UrlImportRecord?> BeginAsync(
        string path, UrlImportOptions options, CancellationToken cancellationToken)
    {
        CheckPath(path);
        var known = Read(path);
        if (!IsOfCutOff(path))
            CheckPlace(path, known, options);
        if (git is not null)
            await git.CheckImportAsync(path, cancellationToken).ConfigureAwait(false);
        return known;
    }

    /// <returns>Files that git should take.</returns>
    async Task<IReadOnlyList<string>> KeepAsync(
        UrlImportRecord record, UrlImportRecord? known, UrlImportOptions options, CancellationToken cancellationToken)
    {
        var content = ContentHash.Parse(record.Hash);
        if (options.Checksum is { } wanted && wanted != content)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "checksum-wrong", $"'{record.Url}' has SHA-256 {content}; {wanted} was expected.",
                "It is another file, or was damaged on the way. Nothing was changed here.");
        }

        var entry = Entry(content, record.SizeBytes);
        var begun = UrlImportFile.Begun(versions.State, record.Path);
        var cutOff = begun.Read();
        var last = cutOff ?? (options.IsUpdate ? known : null);
        var before = last is not null && ContentHash.TryParse(last.Hash, out var old)
            ? Entry(old, last.SizeBytes) : null;
        if (cutOff is null)
            begun.Write(record);
        IReadOnlyList<string> files = [];
        try
        {
            if (git is null)
            {
                await versions.PlaceAsync(record.Path, entry, before, cutOff is not null, cancellationToken)
                    .ConfigureAwait(false);
            }
            else
            {
                files = await git.PlaceAsync(record.Path, entry, before, cutOff is not null, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (MillraceException refused) when (refused.Kind == ErrorKind.Conflict && cutOff is null)
        {
            begun.Delete();
            throw;
        }

        UrlImportFile.Known(versions.State, record.Path).Write(record);
        begun.Delete();
        await versions.Catalog.WriteAsync(
            session =>
            {
                Note(session, record);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return files;

        TreeEntry Entry(ContentHash hash, long size) =>
            new(record.Path[(record.Path.LastIndexOf('/') + 1)..], TreeEntryKind.File, hash, size, 1);
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

    /// <summary>Whether the file at a path is what an import that was cut off left there, whole or not.</summary>
    bool IsOfCutOff(string path)
    {
        var file = Path.Join(versions.Root, path);
        return UrlImportFile.Begun(versions.State, path).Read() is { } begun
            && new FileInfo(file) is { Exists: true, LinkTarget: null } found
            && ((uint)found.UnixFileMode == Materializer.UnfinishedMode || found.Length == 0
                || FileHash.Of(file).ToString() == begun.Hash);
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
}
