using System.Text.Json.Nodes;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Files;

namespace Millrace.App.Versions;

/// <summary>How the status of data in a git work tree is shown.</summary>
static class GitStatusText
{
    /// <param name="output">Gets the text.</param>
    /// <param name="status">What to show.</param>
    /// <param name="isWhole">Whether every file is shown, however many there are.</param>
    public static void Write(TextWriter output, GitStatus status, bool isWhole)
    {
        if (status.IsCutOff)
            output.WriteLine("A checkout was cut off; complete it with 'millrace checkout'.");
        Section(output, "Both sides changed these in a merge; make the file beside each what it shall be, delete "
            + "this one, then 'millrace commit':", status.Conflicts);
        if (StatusLines.Write(
            output, "Changed, not stored ('millrace commit'):",
            [.. status.Changes.Select(change => new StatusLine(Word(change), change.Path, change.FileCount))], isWhole))
        {
            output.WriteLine(StatusText.AllHint);
        }

        Section(output, "The pointer names another version ('millrace checkout'):", Paths(status, PointerState.Moved));
        Section(output, "Not here ('millrace checkout'):", Paths(status, PointerState.NotHere));
        Section(
            output, "Here, but not by Millrace ('millrace checkout' compares it, 'millrace add' stores it):",
            Paths(status, PointerState.Unknown));
        foreach (var pointer in status.Pointers.Where(pointer => pointer.State == PointerState.Damaged))
            output.WriteLine($"{pointer.Found.Damage!.Message} {pointer.Found.Damage.Hint}");
        Section(output, "Data without a pointer any more ('millrace checkout' removes what git can bring back):",
            status.Orphans);
        foreach (var file in status.LeftOut)
            output.WriteLine($"left out: {StatusText.Printable(file.Path)}: {file.Message}");
        foreach (var (one, other) in status.Collisions)
        {
            output.WriteLine(
                $"warning: other systems cannot tell '{StatusText.Printable(one)}' and "
                + $"'{StatusText.Printable(other)}' apart");
        }

        if (status.IsClean)
        {
            output.WriteLine(status.Pointers.Count == 0 ? "There are no pointers yet ('millrace add PATH')."
                : $"Nothing to store; {status.FileCount:N0} files are as the {status.Pointers.Count:N0} pointers say.");
        }
    }

    /// <summary>Two letters and a path for each: those of git for files; <c>P</c> for a pointer that names another
    /// version, <c>D</c> for data that is not here, <c>!</c> for a pointer that cannot be read, <c>O</c> for data
    /// without one.</summary>
    public static void WriteShort(TextWriter output, GitStatus status)
    {
        foreach (var path in status.Conflicts)
            output.WriteLine($"UU {StatusText.Printable(path)}");
        foreach (var change in status.Changes)
        {
            var letters = change.Kind switch
            {
                FileChangeKind.Deleted => " D",
                FileChangeKind.Untracked => "??",
                _ => " M",
            };
            output.WriteLine($"{letters} {StatusText.Printable(change.Path)}");
        }

        foreach (var pointer in status.Pointers.Where(pointer => pointer.State != PointerState.Current))
        {
            var letters = pointer.State switch
            {
                PointerState.Moved => " P",
                PointerState.NotHere => " D",
                PointerState.Unknown => "??",
                _ => " !",
            };
            output.WriteLine($"{letters} {StatusText.Printable(pointer.Found.Path)}");
        }

        foreach (var path in status.Orphans)
            output.WriteLine($" O {StatusText.Printable(path)}");
    }

    public static JsonObject Json(GitStatus status) => new()
    {
        ["clean"] = status.IsClean,
        ["files"] = status.FileCount,
        ["pointers"] = new JsonArray([.. status.Pointers.Select(pointer => new JsonObject
        {
            ["path"] = pointer.Found.Path,
            ["state"] = StateWord(pointer.State),
            ["hash"] = pointer.Found.Pointer?.Hash.ToString(),
            ["bytes"] = pointer.Found.Pointer?.SizeBytes,
            ["files"] = pointer.Found.Pointer?.FileCount,
            ["error"] = pointer.Found.Damage?.Code,
        })]),
        ["changed"] = new JsonArray([.. status.Changes.Select(change => new JsonObject
        {
            ["path"] = change.Path, ["change"] = Word(change), ["files"] = change.FileCount,
        })]),
        ["conflicts"] = Array(status.Conflicts),
        ["orphans"] = Array(status.Orphans),
        ["unfinishedCheckout"] = status.IsCutOff,
        ["leftOut"] = new JsonArray([.. status.LeftOut.Select(Json)]),
        ["collisions"] = new JsonArray([.. status.Collisions.Select(pair => new JsonArray(pair.One, pair.Other))]),
    };

    public static JsonObject Json(PointerReport report) => new()
    {
        ["stored"] = Array(report.Pointers),
        ["gitAdd"] = Array(report.Files),
        ["notHere"] = Array(report.NotHere),
        ["files"] = report.FileCount,
        ["readBytes"] = report.ReadBytes,
        ["leftOut"] = new JsonArray([.. report.LeftOut.Select(Json)]),
    };

    static JsonNode Json(LeftOutFile file) => new JsonObject
    {
        ["path"] = file.Path,
        ["code"] = file.Code,
        ["message"] = file.Message,
    };

    static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    static IEnumerable<string> Paths(GitStatus status, PointerState state) =>
        status.Pointers.Where(pointer => pointer.State == state).Select(pointer => pointer.Found.Path);

    static string StateWord(PointerState state) => state switch
    {
        PointerState.Current => "current",
        PointerState.Moved => "moved",
        PointerState.NotHere => "not-here",
        PointerState.Unknown => "unknown",
        _ => "damaged",
    };

    static string Word(FileChange change) => change.Kind switch
    {
        FileChangeKind.Deleted => "deleted",
        FileChangeKind.Untracked => "new",
        _ => "modified",
    };

    static void Section(TextWriter output, string title, IEnumerable<string> paths)
    {
        var any = false;
        foreach (var path in paths)
        {
            if (!any)
                output.WriteLine(title);
            any = true;
            output.WriteLine($"  {StatusText.Printable(path)}");
        }
    }
}
