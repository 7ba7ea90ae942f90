using System.Text;
using System.Text.Json.Nodes;
using Millrace.Catalog;

namespace Millrace.Tables;

/// <summary>Reads which files a Delta log ever named, and puts others in their place, in every entry. This is the one
/// place where history is changed: docs/decisions/0008-erasure.md.</summary>
static class DeltaRewrite
{
    /// <summary>Every file that the log ever added, with the schema it had, in order.</summary>
    public static IReadOnlyList<LoggedFile> Files(string name, string tableFolder)
    {
        // The strict reader refuses what it does not know, such as deletion vectors.
        _ = DeltaLog.Read(name, tableFolder);
        var files = new Dictionary<string, LoggedFile>(StringComparer.Ordinal);
        TableSchema? schema = null;
        foreach (var path in DeltaLog.Entries(name, tableFolder))
        {
            foreach (var action in Actions(path))
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
    public static void Apply(string name, string tableFolder, IReadOnlyDictionary<string, RewrittenFile> files)
    {
        // What other writers made to read the log faster names the old files too.
        foreach (var path in Directory.EnumerateFileSystemEntries(DeltaLog.FolderOf(tableFolder)))
        {
            if (path.EndsWith(".crc", StringComparison.Ordinal)
                || Path.GetFileName(path) is "_last_checkpoint"
                || Path.GetFileName(path).Contains(".checkpoint", StringComparison.Ordinal))
            {
                File.Delete(path);
            }
        }

        foreach (var path in DeltaLog.Entries(name, tableFolder))
        {
            var lines = new StringBuilder();
            var isChanged = false;
            foreach (var action in Actions(path))
            {
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
                DurableFile.Write(path, Encoding.UTF8.GetBytes(lines.ToString()));
        }
    }

    static void Rename(JsonObject named, string kind, DataFile fresh)
    {
        named["path"] = DeltaEntry.Encode(fresh.Path);
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

    static IEnumerable<JsonObject> Actions(string path) =>
        File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!.AsObject());
}
