using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>How differences of trees are shown.</summary>
static class DiffText
{
    const int TextBytesMax = 1 << 20;

    public static JsonNode Json(TreeChange change) => new JsonObject
    {
        ["path"] = change.Path,
        ["change"] = StatusText.Word(change),
        ["renamedFrom"] = change.RenamedFrom,
        ["before"] = Side(change.Before),
        ["after"] = Side(change.After),
    };

    public static void WriteStat(TextWriter output, IReadOnlyList<TreeChange> changes)
    {
        var added = 0L;
        foreach (var change in changes)
        {
            var (before, after) = (change.Before?.SizeBytes ?? 0, change.After?.SizeBytes ?? 0);
            added += after - before;
            output.WriteLine($"  {StatusText.Word(change),-12}  {Name(change)}  {before:N0} -> {after:N0} bytes");
        }

        output.WriteLine(
            $"{changes.Count:N0} file{(changes.Count == 1 ? "" : "s")} changed, {added:+#,0;-#,0;0} bytes");
    }

    /// <summary>Lines that differ in small texts; of other files the sizes and hashes.</summary>
    public static void WriteChange(TextWriter output, TreeChange change, Func<bool, TreeEntry, byte[]?> read)
    {
        output.WriteLine($"{StatusText.Word(change)}: {Name(change)}");
        if (change.Before is { } old && change.After is { } now && old.Kind != now.Kind)
            output.WriteLine($"  kind {Kind(old.Kind)} -> {Kind(now.Kind)}");
        if (change.Before?.Hash == change.After?.Hash)
            return;
        var (before, after) = (Text(true, change.Before, read), Text(false, change.After, read));
        if (before is not null && after is not null && LineDiff.TryCompare(before, after, out var hunks))
        {
            foreach (var line in hunks)
                output.WriteLine(SafeText.ForOutput(line));
            return;
        }

        output.WriteLine($"  {Describe(change.Before)} -> {Describe(change.After)}");
    }

    public static string Kind(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.Executable => "executable",
        TreeEntryKind.Link => "link",
        TreeEntryKind.Folder => "folder",
        TreeEntryKind.Table => "table",
        _ => "file",
    };

    static string Name(TreeChange change) =>
        (change.RenamedFrom is { } from ? $"{StatusText.Printable(from)} -> " : "") + StatusText.Printable(change.Path);

    static string Describe(TreeEntry? entry) =>
        entry is null ? "nothing" : $"{entry.SizeBytes:N0} bytes ({entry.Hash.Short})";

    static string[]? Text(bool isBefore, TreeEntry? entry, Func<bool, TreeEntry, byte[]?> read)
    {
        if (entry is null)
            return [];
        if (entry.SizeBytes > TextBytesMax || read(isBefore, entry) is not { } bytes
            || bytes.AsSpan().Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return null;
        }

        var text = System.Text.Encoding.UTF8.GetString(bytes);
        return text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');
    }

    static JsonNode? Side(TreeEntry? entry) => entry is null ? null : new JsonObject
    {
        ["kind"] = Kind(entry.Kind),
        ["hash"] = entry.Hash.ToString(),
        ["bytes"] = entry.SizeBytes,
    };
}
