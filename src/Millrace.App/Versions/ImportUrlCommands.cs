using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Buckets;
using Millrace.Objects;
using Millrace.Versions.Urls;

namespace Millrace.App.Versions;

/// <summary><c>millrace import-url</c>.</summary>
static class ImportUrlCommands
{
    const string BucketScheme = "bucket:";

    public static Command ImportUrl()
    {
        var url = new Argument<string>("URL")
        {
            Description = "http(s)://…, s3://bucket/key, a file, or bucket:NAME/KEY of this workspace.",
        };
        var path = new Argument<string?>("PATH")
        {
            Description = "Where it goes; the last part of the url in this folder, when left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var update = new Option<bool>("--update") { Description = "Take it again, if it has changed there." };
        var checksum = new Option<string?>("--sha256")
        {
            Description = "Refuse it unless it has this SHA-256.",
            HelpName = "HEX",
        };
        var size = new Option<long>("--max-size")
        {
            Description = "Refuse what has more bytes.",
            HelpName = "BYTES",
            DefaultValueFactory = _ => UrlImportOptions.SizeDefault,
        };
        var local = new Option<bool>("--allow-local")
        {
            Description = "Also ask addresses of this machine and of private networks.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var reached = new RemoteOptions();
        var command = new Verb(
            "import-url",
            "Bring a file in from an address, stage it (beside git, write its pointer) and remember where it is from.",
            "  millrace import-url https://example.org/labels.csv data/labels.csv\n"
            + "  millrace import-url https://example.org/labels.csv data/labels.csv --update")
        {
            url, path, update, checksum, size, local, workspaceFolder, wait, json,
        };
        reached.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            var source = parsed.GetValue(url)!;
            var target = workspace.Versions.RelativePath(
                parsed.GetValue(path) ?? NameOf(source), Environment.CurrentDirectory);
            using var display = new ByteDisplay("read");
            var options = new UrlImportOptions
            {
                Progress = display,
                IsUpdate = parsed.GetValue(update),
                AllowsLocal = parsed.GetValue(local),
                SizeMax = parsed.GetValue(size),
                Checksum = Checksum(parsed.GetValue(checksum)),
                Service = reached.Read(parsed, "", null),
            };
            var import = new UrlImport(workspace.Versions, workspace.Git, TimeProvider.System);
            var (record, isTaken, files) = source.StartsWith(BucketScheme, StringComparison.Ordinal)
                ? await TakeAsync(workspace, import, source, target, options, cancellationToken).ConfigureAwait(false)
                : await import.ImportAsync(source, target, options, cancellationToken).ConfigureAwait(false);
            display.Dispose();
            if (parsed.GetValue(json))
                Console.Out.WriteLine(Json(record, isTaken, files).ToJsonString());
            else
                Console.Error.WriteLine(isTaken
                    ? $"{record.Path}: {record.SizeBytes:N0} bytes, {record.Hash[..12]}"
                    : $"{record.Path} has not changed there.");
            if (!parsed.GetValue(json))
                GitVerbs.WriteFiles(files);
            return 0;
        });
        return command;
    }

    static async Task<UrlImportResult> TakeAsync(
        Workspace workspace, UrlImport import, string source, string target, UrlImportOptions options,
        CancellationToken cancellationToken)
    {
        var (bucket, key) = source[BucketScheme.Length..].Split('/', 2) is [var before, var after]
            ? (before, after) : (source[BucketScheme.Length..], "");
        var found = bucket == VersionBucket.Name
            ? await workspace.VersionView.FindAsync(key, cancellationToken).ConfigureAwait(false)
            : await workspace.Buckets.FindObjectAsync(bucket, key, null, cancellationToken).ConfigureAwait(false);
        if (found is not { IsMarker: false })
        {
            throw new MillraceException(
                ErrorKind.NotFound, "key-unknown", $"There is no object '{key}' in bucket '{bucket}'.",
                "Name it as 'bucket:NAME/KEY', with the whole key.");
        }

        if (found.Parts is [var only])
        {
            return await import.TakeAsync(source, target, only.Hash, found.ETag, options, cancellationToken)
                .ConfigureAwait(false);
        }

        if (options.IsUpdate && import.Read(target) is { } known && known.Url == source && known.Tag == found.ETag)
            return new UrlImportResult(known, false, []);
        // What came in parts is several objects, and a file is one.
        await using var parts = workspace.Buckets.OpenRead(found, 0, found.SizeBytes);
        await using var shown = new ReportingStream(parts, options.Progress);
        using var whole = await workspace.Buckets.StoreAsync(
            shown, found.SizeBytes, cancellationToken: cancellationToken).ConfigureAwait(false);
        return await import.TakeAsync(source, target, whole.Part.Hash, found.ETag, options, cancellationToken)
            .ConfigureAwait(false);
    }

    static ContentHash? Checksum(string? text) => text is null ? null
        : ContentHash.TryParse(text.ToLowerInvariant(), out var hash) ? hash : throw new MillraceException(
            ErrorKind.Invalid, "checksum-invalid", $"'{text}' is no SHA-256.", "It has 64 hexadecimal digits.");

    static string NameOf(string url)
    {
        var name = Uri.UnescapeDataString(url.Split('?', '#')[0].TrimEnd('/').Split('/')[^1]);
        return name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..")
            ? name
            : throw new MillraceException(
                ErrorKind.Invalid, "path-outside", $"'{url}' does not end in a name for a file.",
                "Say where it shall go, after the url.");
    }

    static JsonObject Json(UrlImportRecord record, bool isTaken, IReadOnlyList<string> files) => new()
    {
        ["path"] = record.Path,
        ["url"] = record.Url,
        ["taken"] = isTaken,
        ["hash"] = record.Hash,
        ["bytes"] = record.SizeBytes,
        ["tag"] = record.Tag,
        ["lastModified"] = record.LastModified,
        ["version"] = record.Version,
        ["importedAt"] = record.ImportedAt.UtcDateTime.ToString("O"),
        ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]),
    };
}
