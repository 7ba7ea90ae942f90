using System.Text.RegularExpressions;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>System calls of each command that fail, or at which it is killed. A run that is only watched tells which
/// calls touch its files; then one after the other fails.</summary>
/// <remarks>strace counts the calls of each thread for itself, so that a call may fail in several threads: a disk does
/// that too.</remarks>
public sealed partial class VerbFaultTests(TestRun run, ITestOutputHelper output)
{
    const int Kinds = 3;
    const int FullFaultsOfKind = 5;

    static readonly (string Call, string[] Faults)[] Calls =
    [
        ("openat", ["error=EMFILE", "error=EACCES"]),
        ("open", ["error=EMFILE"]),
        ("pwrite64", ["error=ENOSPC", "error=EIO", "signal=KILL"]),
        ("write", ["error=ENOSPC"]),
        ("fsync", ["error=EIO", "signal=KILL"]),
        ("fdatasync", ["error=EIO"]),
        ("syncfs", ["error=EIO", "signal=KILL"]),
        ("rename", ["error=EIO", "signal=KILL"]),
        ("renameat2", ["error=EIO", "signal=KILL"]),
        ("link", ["error=EIO", "signal=KILL"]),
        ("linkat", ["error=EIO", "signal=KILL"]),
        ("unlink", ["signal=KILL"]),
        ("unlinkat", ["signal=KILL"]),
        ("mkdir", ["error=ENOSPC"]),
        ("mkdirat", ["error=ENOSPC"]),
        ("ftruncate", ["error=EIO"]),
    ];

    public static TheoryData<string> Commands => [.. VersionCommand.Local.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_whose_system_call_fails_loses_nothing_and_completes_when_it_is_run_again(string name)
    {
        var command = VersionCommand.Local.Single(command => command.Name == name);
        using var disturbance = await Disturbance.MakeAsync(await run.VersionsAsync(), command);
        foreach (var fault in await FaultsAsync(command))
        {
            await disturbance.CheckAsync(fault, async (place, arguments) =>
            {
                var result = await place.Cli.Traced("-o", "/dev/null", "-e", $"inject={fault}")
                    .RunAsync(arguments);
                output.WriteLine($"{fault}: {result.ExitCode} {result.Messages}");
                AssertTold(fault, result);
            });
        }
    }

    static void AssertTold(string fault, CliResult result)
    {
        // A file that the runtime cannot open is no call of ours.
        if (result.ExitCode == 0 || fault.Contains("signal=", StringComparison.Ordinal)
            || (fault.StartsWith("open", StringComparison.Ordinal)
                && result.Messages.Contains("Could not load file or assembly", StringComparison.Ordinal)))
        {
            return;
        }

        Assert.True(
            result.ExitCode is > 1 and < 10 && result.Messages.Contains("error (", StringComparison.Ordinal),
            result.ToString());
    }

    /// <summary>What is made to fail: with the full counts several calls of every kind, else one of some.</summary>
    async Task<IReadOnlyList<string>> FaultsAsync(VersionCommand command)
    {
        using var place = await (await run.VersionsAsync()).CopyAsync();
        await command.Prepare(place);
        await command.PrepareCopy(place, 0);
        var log = place["trace"];
        var names = string.Join(',', Calls.Select(call => call.Call));
        (await place.Cli.Traced("-y", "-o", log, "-e", $"trace={names}").RunAsync(command.ArgumentsOf(0))).Ended(0);
        var counts = new Dictionary<(string Thread, string Call), int>();
        var touched = new SortedSet<(string Call, int Number)>();
        foreach (var line in await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken))
        {
            var match = Line().Match(line);
            if (!match.Success)
                continue;
            var (thread, call) = (match.Groups[1].Value, match.Groups[2].Value);
            var number = counts[(thread, call)] = counts.GetValueOrDefault((thread, call)) + 1;
            if (line.Contains(place.Folder, StringComparison.Ordinal))
                touched.Add((call, number));
        }

        Assert.NotEmpty(touched);
        File.Delete(log);
        var all = (
            from entry in touched
            from fault in Calls.Single(call => call.Call == entry.Call).Faults
            select $"{entry.Call}:{fault}:when={entry.Number}").ToList();
        // Of as many kinds as possible.
        var chance = new Random(run.Seed + VersionCommand.Local.ToList().IndexOf(command));
        return [.. all.GroupBy(fault => fault[..fault.LastIndexOf(':')]).OrderBy(_ => chance.Next())
            .Take(TestRun.IsFull ? int.MaxValue : Kinds)
            .SelectMany(kind => kind.OrderBy(_ => chance.Next()).Take(TestRun.IsFull ? FullFaultsOfKind : 1))];
    }

    [GeneratedRegex(@"^(\d+) +(\w+)\(")]
    private static partial Regex Line();
}
