using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;
using Millrace.Versions.Remotes;

namespace Millrace.App.Objects;

/// <summary><c>millrace gc</c>: gives free what nothing needs.</summary>
static class SweepCommands
{
    public static Command Gc()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what nothing needs; write nothing." };
        var grace = new Option<string>("--grace")
        {
            Description = "How long nothing must have needed an object before it is dropped: 30m, 24h, 7d. "
                + "0 drops at once; then nobody else may be writing.",
            DefaultValueFactory = _ => "24h",
            HelpName = "TIME",
        };
        var notInRemote = new Option<bool>("--not-in-remote")
        {
            Description = "Keep what no remote has.",
        };
        var uploads = new Option<string?>("--uploads")
        {
            Description = "First drop uploads in parts to the S3 server that nobody sent anything of for so long: 7d.",
            HelpName = "TIME",
        };
        var remote = new Option<string?>("--remote")
        {
            Description = "Drop from this remote what none of its branches and tags needs, and nothing here.",
            HelpName = "NAME",
        };
        var command = new Verb(
            "gc",
            "Drop stored objects that no table, dataset, model, run or commit needs. The first run notes them, "
            + "one after the grace period drops them.",
            "  millrace gc --dry-run\n  millrace gc --grace 7d\n  millrace gc --remote lab")
        {
            workspaceFolder, dryRun, grace, notInRemote, uploads, remote, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new SweepOptions
            {
                Grace = ParseTime("--grace", parsed.GetValue(grace)!),
                IsDryRun = parsed.GetValue(dryRun),
            };
            TimeSpan? age = parsed.GetValue(uploads) is { } text ? ParseTime("--uploads", text) : null;
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            if (parsed.GetValue(remote) is { } name)
            {
                RefuseForRemote("--not-in-remote", parsed.GetValue(notInRemote));
                RefuseForRemote("--uploads", age is not null);
                var swept = await SweepRemoteAsync(workspace, name, options, cancellationToken).ConfigureAwait(false);
                Show(swept, options, parsed.GetValue(json), name, null, null);
                return 0;
            }

            long? dropped = age is { } time ? await workspace.Buckets.DropUploadsAsync(
                time, options.IsDryRun, cancellationToken).ConfigureAwait(false) : null;
            var report = await SweepHereAsync(workspace, parsed.GetValue(notInRemote), options, cancellationToken)
                .ConfigureAwait(false);
            var links = workspace.Versions.PruneLinks(options.IsDryRun, cancellationToken);
            Show(report, options, parsed.GetValue(json), null, dropped, links);
            return 0;
        });
        return command;
    }

    static void RefuseForRemote(string option, bool isGiven)
    {
        if (isGiven)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-missing", $"'{option}' is about the store here.",
                "Leave it out, or leave '--remote' out.");
        }
    }

    static async Task<SweepReport> SweepHereAsync(
        Workspace workspace, bool isNotInRemote, SweepOptions options, CancellationToken cancellationToken)
    {
        using var remotes = new RemoteSources(workspace);
        var roots = workspace.RootSources.ToList();
        if (isNotInRemote)
        {
            roots.Add(new OnlyHereRoots(
                workspace.Objects, await remotes.OpenAsync(cancellationToken).ConfigureAwait(false)));
        }

        return await new ObjectSweep(workspace.Objects, TimeProvider.System)
            .SweepAsync(roots, options, cancellationToken).ConfigureAwait(false);
    }

    static async Task<SweepReport> SweepRemoteAsync(
        Workspace workspace, string name, SweepOptions options, CancellationToken cancellationToken)
    {
        using var remote = workspace.OpenRemote(name);
        var sweep = new RemoteSweep(
            remote, Path.Join(workspace.Paths.Temporary, $"sweep-{name}"),
            workspace.Settings.Objects.ReadKey(workspace.Folder), TimeProvider.System);
        return await sweep.SweepAsync(
            [new VersionSync(workspace.Versions, name, remote)], options, cancellationToken).ConfigureAwait(false);
    }

    static void Show(
        SweepReport report, SweepOptions options, bool isJson, string? remote, long? uploads,
        (long Count, long SizeBytes)? links)
    {
        if (isJson)
        {
            var answer = ToJson(report, options, uploads);
            if (links is { } pruned)
                (answer["unlinked"], answer["unlinkedBytes"]) = (pruned.Count, pruned.SizeBytes);
            Console.Out.WriteLine(answer.ToJsonString());
            return;
        }

        if (uploads is { } count)
            Console.Out.WriteLine($"uploads   {count:N0} {(options.IsDryRun ? "to be dropped" : "dropped")}");
        Print(report, options, remote);
        if (links is { Count: > 0 } unused)
        {
            Console.Out.WriteLine(
                $"links     {unused.Count:N0} files that no checkout links to ({unused.SizeBytes / 1e6:N1} MB)"
                + (options.IsDryRun ? " would be removed" : " removed"));
        }
    }

    /// <summary>A number and s, m, h or d; 0 needs none.</summary>
    static TimeSpan ParseTime(string option, string text)
    {
        var unit = text.Length > 0 ? text[^1] : ' ';
        var digits = char.IsAsciiDigit(unit) ? text : text[..Math.Max(0, text.Length - 1)];
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            switch (unit)
            {
                case 's': return TimeSpan.FromSeconds(number);
                case 'm': return TimeSpan.FromMinutes(number);
                case 'h': return TimeSpan.FromHours(number);
                case 'd' when number < 36_500: return TimeSpan.FromDays(number);
                case '0' when number == 0: return TimeSpan.Zero;
            }
        }

        throw new MillraceException(
            ErrorKind.Invalid, "grace-invalid", $"'{text}' is no span of time.",
            $"Write a number with s, m, h or d, such as '{option} 24h', or 0.");
    }

    static JsonObject ToJson(SweepReport report, SweepOptions options, long? uploads) => new()
    {
        ["dryRun"] = options.IsDryRun,
        ["uploads"] = uploads,
        ["needed"] = report.NeededCount,
        ["unneeded"] = report.UnneededCount,
        ["unneededBytes"] = report.UnneededBytes,
        ["dueAt"] = report.DueAt?.ToString("O", CultureInfo.InvariantCulture),
        ["dropped"] = report.DroppedCount,
        ["freedBytes"] = report.FreedBytes,
        ["packsBefore"] = report.PackCountBefore,
        ["packsAfter"] = report.PackCountAfter,
        ["busy"] = report.IsBusy,
        ["damagedPacks"] = new JsonArray([.. report.DamagedPacks.Select(path => (JsonNode)path)]),
        ["objects"] = new JsonArray(
        [
            .. report.Unneeded.Select(item => (JsonNode)new JsonObject
            {
                ["hash"] = item.Hash.ToString(),
                ["bytes"] = item.SizeBytes,
            }),
        ]),
    };

    static void Print(SweepReport report, SweepOptions options, string? remote)
    {
        if (options.IsDryRun)
        {
            foreach (var item in report.Unneeded)
                Console.Out.WriteLine($"{item.Hash}  {item.SizeBytes,15:N0}");
            if (report.UnneededCount > report.Unneeded.Count)
                Console.Out.WriteLine($"… and {report.UnneededCount - report.Unneeded.Count:N0} more");
        }

        Console.Out.WriteLine($"needed    {report.NeededCount:N0} objects");
        Console.Out.WriteLine(
            $"unneeded  {report.UnneededCount:N0} objects ({report.UnneededBytes / 1e6:N1} MB){Due(report)}");
        if (!options.IsDryRun)
        {
            Console.Out.WriteLine(
                $"dropped   {report.DroppedCount:N0} objects ({report.FreedBytes / 1e6:N1} MB freed)");
            Console.Out.WriteLine($"packs     {report.PackCountBefore:N0} before, {report.PackCountAfter:N0} now");
        }

        if (report.IsBusy)
        {
            Console.Out.WriteLine(remote is null
                ? "busy      a writer that began before the last gc is still there; run it again when it is done"
                : $"busy      another gc of '{remote}' came between; one is enough");
        }

        foreach (var path in report.DamagedPacks)
            Console.Out.WriteLine($"damaged   {path} was left as it is; 'millrace fsck --repair' sees to it");
    }

    static string Due(SweepReport report) => report is { DueAt: { } due, UnneededCount: > 0 }
        ? string.Create(CultureInfo.InvariantCulture, $", to be dropped by a gc after {due:yyyy-MM-dd HH:mm} UTC")
        : "";
}
