using System.Text.Json.Nodes;
using Millrace.Versions;
using Millrace.Versions.Files;

namespace Millrace.App.Versions;

/// <summary>How a status is shown.</summary>
static class StatusText
{
    public const string AllHint = "Folders with many files are summed up; '--all' shows every file.";

    /// <param name="output">Gets the text.</param>
    /// <param name="status">What to show.</param>
    /// <param name="isWhole">Whether every file is shown, however many there are.</param>
    public static void Write(TextWriter output, StatusReport status, bool isWhole)
    {
        var where = status.Branch is { } branch ? $"On branch {branch}" : $"On commit {status.Commit?.Short}";
        output.WriteLine(status.Commit is null ? $"{where}, no commits yet" : where);
        if (status is { Unfinished: not null, MergeOf: { } cutOff })
        {
            output.WriteLine(
                $"The merge was cut off; complete it with 'millrace merge {cutOff}', or take it back with "
                + "'millrace merge --abort'.");
        }
        else if (status.Unfinished is { } unfinished)
        {
            output.WriteLine($"A checkout was cut off; complete it with 'millrace checkout {unfinished}'.");
        }

        if (status.MergeOf is { } merged)
        {
            output.WriteLine(status.Conflicts.Count > 0
                ? $"Merging '{merged}'; these conflicts are to be resolved, then added:"
                : $"Merging '{merged}'; all conflicts are resolved: 'millrace commit' ends it.");
            foreach (var path in status.Conflicts)
            {
                output.WriteLine(
                    $"  {status.Reasons.GetValueOrDefault(path, "both changed")}  {Printable(path)}");
            }
        }

        var isShortened = StatusLines.Write(
            output, "Staged for the next commit:",
            [.. status.Staged.Select(change => new StatusLine(
                Word(change), change.Path, From: change.RenamedFrom))], isWhole);
        isShortened |= StatusLines.Write(
            output, "Changed, not staged ('millrace add PATH'):",
            [.. status.Changes
                .Where(change => change.Kind != FileChangeKind.Untracked && !status.Conflicts.Contains(change.Path))
                .Select(change => new StatusLine(Word(change.Kind), change.Path))], isWhole);
        isShortened |= StatusLines.Write(
            output, "Not versioned ('millrace add PATH'):",
            [.. status.Changes.Where(change => change.Kind == FileChangeKind.Untracked)
                .Select(change => new StatusLine("", change.Path, change.FileCount))], isWhole);
        if (isShortened)
            output.WriteLine(AllHint);
        foreach (var file in status.LeftOut)
            output.WriteLine($"left out: {Printable(file.Path)}: {file.Message}");
        foreach (var (one, other) in status.Collisions)
        {
            output.WriteLine(
                $"warning: other systems cannot tell '{Printable(one)}' and '{Printable(other)}' apart");
        }

        if (status.IsClean)
            output.WriteLine($"Nothing to commit; {status.FileCount:N0} files are as they are in the commit.");
    }

    /// <summary>Two letters and a path for each, as git's porcelain has them.</summary>
    public static void WriteShort(TextWriter output, StatusReport status)
    {
        var lines = new SortedDictionary<string, (char Staged, char Changed)>(StringComparer.Ordinal);
        foreach (var change in status.Staged)
        {
            lines[change.Path] = (
                change.RenamedFrom is not null ? 'R' : change.Before is null ? 'A' : change.After is null ? 'D' : 'M',
                ' ');
        }

        foreach (var change in status.Changes)
        {
            var staged = lines.TryGetValue(change.Path, out var known) ? known.Staged : ' ';
            lines[change.Path] = change.Kind switch
            {
                FileChangeKind.Untracked => ('?', '?'),
                FileChangeKind.Deleted => (staged, 'D'),
                _ => (staged, 'M'),
            };
        }

        foreach (var path in status.Conflicts)
            lines[path] = ('U', 'U');
        foreach (var (path, (staged, changed)) in lines)
            output.WriteLine($"{staged}{changed} {Printable(path)}");
    }

    public static JsonObject Json(StatusReport status) => new()
    {
        ["branch"] = status.Branch,
        ["commit"] = status.Commit?.ToString(),
        ["clean"] = status.IsClean,
        ["files"] = status.FileCount,
        ["staged"] = new JsonArray([.. status.Staged.Select(DiffText.Json)]),
        ["changed"] = new JsonArray([.. status.Changes
            .Where(change => change.Kind != FileChangeKind.Untracked)
            .Select(change => new JsonObject { ["path"] = change.Path, ["change"] = Word(change.Kind) })]),
        ["untracked"] = new JsonArray([.. status.Changes
            .Where(change => change.Kind == FileChangeKind.Untracked)
            .Select(change => new JsonObject { ["path"] = change.Path, ["files"] = change.FileCount })]),
        ["conflicts"] = new JsonArray([.. status.Conflicts.Select(path => (JsonNode)path)]),
        ["reasons"] = new JsonObject(status.Reasons.Where(item => status.Conflicts.Contains(item.Key))
            .Select(item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value))),
        ["mergeOf"] = status.MergeOf,
        ["unfinishedCheckout"] = status.Unfinished,
        ["leftOut"] = new JsonArray([.. status.LeftOut.Select(
            file => new JsonObject { ["path"] = file.Path, ["code"] = file.Code, ["message"] = file.Message })]),
        ["collisions"] = new JsonArray([.. status.Collisions.Select(
            pair => new JsonArray(pair.One, pair.Other))]),
    };

    /// <summary>A path in one line, whatever characters it has.</summary>
    public static string Printable(string path)
    {
        if (!path.Any(char.IsControl))
            return path;
        return "\"" + string.Concat(path.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : $"{c}")) + "\"";
    }

    public static string Word(TreeChange change) => change.RenamedFrom is not null ? "renamed"
        : change.Before is null ? "new file" : change.After is null ? "deleted"
        : change.Before.Kind != change.After.Kind && change.Before.Hash == change.After.Hash ? "mode changed"
        : "modified";

    static string Word(FileChangeKind kind) => kind switch
    {
        FileChangeKind.Deleted => "deleted",
        FileChangeKind.Modified => "modified",
        _ => "new file",
    };
}
