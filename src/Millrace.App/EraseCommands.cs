using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;

namespace Millrace.App;

/// <summary><c>millrace erase</c>: takes rows and objects out of all versions.</summary>
static class EraseCommands
{
    const int ShownMax = 50;

    static readonly Option<string?> Table = new("--table")
    {
        Description = "The table whose rows shall go.",
        HelpName = "TABLE",
    };

    static readonly Option<string[]> Keys = new("--keys")
    {
        Description = "Keys of rows: a file with one a line (parts with tabs between), or keys with commas between.",
        HelpName = "FILE|K1,K2",
        Arity = ArgumentArity.OneOrMore,
    };

    static readonly Option<string?> Where = new("--where")
    {
        Description = "Which rows, as a condition over the table's columns.",
        HelpName = "SQL",
    };

    static readonly Option<string[]> Objects = new("--object")
    {
        Description = "Objects by hash.",
        HelpName = "HASH",
        AllowMultipleArgumentsPerToken = true,
    };

    static readonly Option<string[]> Paths = new("--path")
    {
        Description = "Files or folders: their content in every commit.",
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
    };

    static readonly Option<bool> WithObjects = new("--with-objects")
    {
        Description = "Erase also the objects that only the erased rows name.",
    };

    static readonly Option<bool> Remotes = new("--remotes")
    {
        Description = "Erase also from the remotes in millrace.yaml; nobody else may push meanwhile.",
    };

    static readonly Option<string?> Reason = new("--reason")
    {
        Description = "Kept in the tombstones; it must not say who was erased.",
        HelpName = "TEXT",
    };

    static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only list what would go." };

    static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    public static Command Erase()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "erase",
            "Take rows or objects out of all versions for good, and list everything that used them. "
            + "Tombstones stay. Nobody else may have the workspace open.",
            "  millrace erase --table people --keys 17,23 --dry-run\n"
            + "  millrace erase --table people --where \"email = 'a@example.org'\" --with-objects "
            + "--reason 'request 8'\n"
            + "  millrace erase --path photos/portrait.jpg --remotes")
        {
            Table, Keys, Where, Objects, Paths, WithObjects, Remotes, Reason, DryRun, Yes, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var erasure = new WorkspaceErasure(workspace);
            var request = Request(parsed, workspace);
            var isDryRun = parsed.GetValue(DryRun);
            WorkspaceErasureReport report;
            if (isDryRun)
            {
                report = await erasure.PlanAsync(request, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                if (!parsed.GetValue(Yes))
                    await ConfirmAsync(erasure, request, cancellationToken).ConfigureAwait(false);
                report = await erasure.EraseAsync(request, cancellationToken).ConfigureAwait(false);
            }

            if (parsed.GetValue(json))
                Console.Out.WriteLine(ToJson(report, isDryRun).ToJsonString());
            else
                Print(report, Console.Out, isDryRun);
            return 0;
        });
        return command;
    }

    static WorkspaceErasureRequest Request(ParseResult parsed, Workspace workspace) => new()
    {
        Table = parsed.GetValue(Table),
        Keys = [.. (parsed.GetValue(Keys) ?? []).SelectMany(ReadKeys).Distinct(StringComparer.Ordinal)],
        Where = parsed.GetValue(Where),
        Objects = [.. (parsed.GetValue(Objects) ?? []).Select(ParseHash)],
        Paths = [.. (parsed.GetValue(Paths) ?? []).Select(
            path => workspace.Versions.RelativePath(path, Environment.CurrentDirectory))],
        WithObjects = parsed.GetValue(WithObjects),
        WithRemotes = parsed.GetValue(Remotes),
        Reason = parsed.GetValue(Reason),
    };

    static IEnumerable<string> ReadKeys(string text) => File.Exists(text)
        ? File.ReadLines(text).Where(line => line.Length > 0)
        : text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static ContentHash ParseHash(string text) =>
        ContentHash.TryParse(text, out var hash) || ObjectUrl.TryParse(text, out hash)
            ? hash
            : throw new MillraceException(
                ErrorKind.Invalid, "object-hash", $"'{text}' is not the hash of an object.",
                "Give all 64 hex digits, or the URL 'object:…' as a cell has it.");

    static async Task ConfirmAsync(
        WorkspaceErasure erasure, WorkspaceErasureRequest request, CancellationToken cancellationToken)
    {
        var plan = await erasure.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (plan.IsEmpty)
            return;
        if (Console.IsInputRedirected)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "erase-unconfirmed",
                $"{plan.RowCount:N0} rows and {plan.Objects.Count:N0} objects would be erased for good.",
                "Look at it with '--dry-run'; then say '--yes'.");
        }

        Print(plan, Console.Error, isDryRun: true);
        Console.Error.Write("Erase it for good? Type 'yes': ");
        if (Console.In.ReadLine()?.Trim() != "yes")
        {
            throw new MillraceException(
                ErrorKind.Invalid, "erase-unconfirmed", "It was not confirmed; nothing was erased.",
                "Type 'yes' when asked, or give '--yes'.");
        }
    }

    static void Print(WorkspaceErasureReport report, TextWriter to, bool isDryRun)
    {
        if (report.IsEmpty)
        {
            to.WriteLine("Nothing of the kind is there; nothing was erased.");
            return;
        }

        if (report.RowCount > 0)
        {
            to.WriteLine(
                $"rows      {report.RowCount:N0} in {report.FileCount:N0} data files of "
                + $"{report.TableVersions.Count:N0} versions");
        }

        Lines(to, "version   ", report.TableVersions);
        Lines(to, "object    ", [.. report.Objects.Select(item =>
            $"{item.Hash}{(item.IsHere ? "" : " (not here)")}{By(item.References)}")]);
        Lines(to, "left      ", [.. report.LeftObjects.Select(hash => $"{hash}; '--with-objects' erases it too")]);
        Lines(to, "features  ", report.FeatureViews);
        Lines(to, "used by   ", report.UsedBy);
        Lines(to, "remote    ", report.Remotes);
        Lines(to, "note      ", report.Notes);
        to.WriteLine(isDryRun
            ? $"dry run   nothing was changed; {report.SizeBytes / 1e6:N1} MB are concerned"
            : $"erased    {report.SizeBytes / 1e6:N1} MB were concerned; "
                + $"tombstones of erasure {report.ErasureId} stay");
    }

    static string By(IReadOnlyList<string> references) =>
        references.Count == 0 ? "" : $"; named by {string.Join(", ", references)}";

    static void Lines(TextWriter to, string title, IReadOnlyList<string> lines)
    {
        foreach (var line in lines.Take(ShownMax))
            to.WriteLine(title + line);
        if (lines.Count > ShownMax)
            to.WriteLine($"{title}… and {lines.Count - ShownMax:N0} more; '--json' lists all");
    }

    static JsonObject ToJson(WorkspaceErasureReport report, bool isDryRun) => new()
    {
        ["dryRun"] = isDryRun,
        ["erasure"] = report.ErasureId,
        ["rows"] = report.RowCount,
        ["files"] = report.FileCount,
        ["versions"] = Texts(report.TableVersions),
        ["objects"] = new JsonArray([.. report.Objects.Select(item => (JsonNode)new JsonObject
        {
            ["hash"] = item.Hash.ToString(),
            ["here"] = item.IsHere,
            ["references"] = Texts(item.References),
        })]),
        ["leftObjects"] = Texts(report.LeftObjects.Select(hash => hash.ToString())),
        ["featureViews"] = Texts(report.FeatureViews),
        ["usedBy"] = Texts(report.UsedBy),
        ["remotes"] = Texts(report.Remotes),
        ["notes"] = Texts(report.Notes),
        ["bytes"] = report.SizeBytes,
    };

    static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
