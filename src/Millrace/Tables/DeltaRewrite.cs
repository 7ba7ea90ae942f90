using System.Text;
using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Places;

namespace Millrace.Tables;

/// <summary>Reads which files a Delta log ever named, and puts others in their place, in every entry. This is the one
/// place where history is changed: docs/decisions/0008-erasure.md.</summary>
static class DeltaRewrite
{
    /// <summary>Every file that the log ever added, with the schema it had, in order.</summary>
    public static IReadOnlyList<LoggedFile> Files(string name, ITableFiles place)
    {
        var files = new Dictionary<string, LoggedFile>(StringComparer.Ordinal);
        TableSchema? schema = null;
        foreach (var path in DeltaLog.Entries(place))
        {
            foreach (var action in Actions(place, path))
            {
                if (action["metaData"] is JsonObject metaData)
                    schema = TableSchema.FromDelta((string)metaData["schemaString"]!, name);
                if (action["add"] is not JsonObject add)
                    continue;
                var file = Uri.UnescapeDataString((string)add["path"]!);
                files[file] = new LoggedFile(
                    file, schema!, (string?)(add["tags"] as JsonObject)?["millrace.objects"], (long)add["size"]!);
            }
        }

        return [.. files.Values];
    }

    /// <summary>Names other files in every entry of the log. Each entry is replaced in one step, and one that names no
    /// old file is left as it is, so that doing it again does the rest.</summary>
    public static void Apply(string name, ITableFiles place, IReadOnlyDictionary<string, RewrittenFile> files)
    {
        // What other writers made to read the log faster names the old files too.
        foreach (var path in place.List(LogListing.Folder) ?? [])
        {
            if (path.EndsWith(".crc", StringComparison.Ordinal) || path is "_last_checkpoint"
                || path.Contains(".checkpoint", StringComparison.Ordinal))
            {
                place.Delete($"{LogListing.Folder}/{path}");
            }
        }

        // The Iceberg mirror names them too; it is written anew with the next version.
        foreach (var path in place.List("metadata") ?? [])
            place.Delete($"metadata/{path}");
        foreach (var path in DeltaLog.Entries(place))
        {
            var lines = new StringBuilder();
            var isChanged = false;
            foreach (var action in Actions(place, path))
            {
                // A condition may name who is erased.
                if (action["commitInfo"] is JsonObject { } note && note["operationParameters"] is JsonObject noted
                    && (noted.Remove("predicate") | noted.Remove("set")))
                {
                    isChanged = true;
                }

                var kind = action.ContainsKey("add") ? "add" : "remove";
                if (action[kind] is JsonObject named
                    && files.TryGetValue(Uri.UnescapeDataString((string)named["path"]!), out var file))
                {
                    isChanged = true;
                    if (file.New is not { } fresh)
                        continue;
                    Rename(named, kind, fresh);
                }

                lines.Append(action.ToJsonString()).Append('\n');
            }

            if (isChanged)
                place.Put(path, Encoding.UTF8.GetBytes(lines.ToString()));
        }
    }

    /// <summary>Every version must be there, and be told by its entries and the files' own columns alone.</summary>
    /// <exception cref="MillraceException"><c>table-feature-unknown</c>, <c>table-log-damaged</c>.</exception>
    public static void CheckWhole(string name, ITablePlace place)
    {
        if (DeltaLog.Read(name, place.Of(name)) is not { } newest)
            return;
        var oldest = LogListing.Whole(newest.Storage)!.Oldest;
        var obstacle = oldest != 0 ? "a log whose first entries are gone"
            : newest.PartitionColumns.Count > 0 ? "partitions"
            : newest.Protocol.MinReaderVersion > 1
                ? $"reader version {newest.Protocol.MinReaderVersion} ({string.Join(
                    ", ", newest.Protocol.ReaderFeatures ?? ["columnMapping"])})"
            : newest.Metadata.Is("delta.enableChangeDataFeed") ? "a feed of its changes"
            : newest.Metadata.Configuration.ContainsKey(TableSnapshot.CloneProperty) ? "files of another table"
            : ClonesOf(name, place) is { Length: > 0 } clones ? $"clones that name its files ({clones})" : null;
        if (obstacle is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-feature-unknown",
                $"Table '{name}' has {obstacle}; rows can't be erased from all of its versions yet.",
                "Write a copy without it and erase there.");
        }
    }

    static string ClonesOf(string name, ITablePlace place) => string.Join(
        ", ", place.List().Where(
            other => other != name && DeltaLog.Read(other, place.Of(other))?.IsCloneOf(name) == true));

    static void Rename(JsonObject named, string kind, DataFile fresh)
    {
        named["path"] = DeltaPath.Encode(fresh.Path);
        if (named.ContainsKey("size"))
            named["size"] = fresh.SizeBytes;
        if (kind != "add")
            return;
        named["stats"] = fresh.Statistics;
        var tags = new JsonObject { ["millrace.sha256"] = fresh.Hash };
        if (fresh.ObjectList is not null)
            tags["millrace.objects"] = fresh.ObjectList;
        named["tags"] = tags;
    }

    static IEnumerable<JsonObject> Actions(ITableFiles place, string path)
    {
        using var stream = place.Open(path);
        if (stream is null)
            yield break;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return JsonNode.Parse(line)!.AsObject();
        }
    }
}
