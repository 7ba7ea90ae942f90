namespace Millrace.SystemTests.Fixtures;

/// <summary>Disturbs a command in copies of one place and holds what is left against what an undisturbed run left.
/// </summary>
sealed class Disturbance : IDisposable
{
    const double EarliestPart = 0.25;

    readonly VersionPlace _before;
    readonly VersionCommand _command;
    readonly SortedDictionary<string, string> _filesBefore;
    readonly SortedDictionary<string, string> _filesAfter;
    readonly string _stateAfter;
    readonly string _historyBefore;
    int _copies;

    Disturbance(
        VersionPlace before, VersionCommand command, VersionPlace after, string stateAfter, string historyBefore)
    {
        _before = before;
        _command = command;
        _filesBefore = before.Files();
        _filesAfter = after.Files();
        _stateAfter = stateAfter;
        _historyBefore = historyBefore;
    }

    /// <summary>How long the undisturbed run took.</summary>
    public TimeSpan Duration { get; private init; }

    public static async Task<Disturbance> MakeAsync(VersionPlace template, VersionCommand command)
    {
        var before = await template.CopyAsync();
        await command.Prepare(before);
        var history = await before.HistoryAsync();
        using var after = await before.CopyAsync();
        await command.PrepareCopy(after, 0);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await after.RunAsync(command.ArgumentsOf(0));
        var duration = System.Diagnostics.Stopwatch.GetElapsedTime(started);
        var state = await after.StateAsync();
        await command.AfterEnd(after);
        return new Disturbance(before, command, after, state, history) { Duration = duration };
    }

    /// <summary>Runs the command as <paramref name="disturb"/> does it, in a fresh copy, and checks: what was
    /// acknowledged before is there, the store is sound, the user's files are as they were or as they shall be; then
    /// the same command completes.</summary>
    /// <param name="what">Says which disturbance it was.</param>
    /// <param name="disturb">Runs the command with these arguments; what it gives is not checked.</param>
    public async Task CheckAsync(string what, Func<VersionPlace, string[], Task> disturb)
    {
        using var place = await _before.CopyAsync();
        await _command.PrepareCopy(place, ++_copies);
        var arguments = _command.ArgumentsOf(_copies);
        await disturb(place, arguments);
        try
        {
            AssertFilesAreOldOrNew(place);
            await place.AssertSoundAsync();
            Assert.Empty(_historyBefore.Split('\n').Except((await place.HistoryAsync()).Split('\n')));
            await _command.AfterCut(place);
            await CompleteAsync(place, arguments);
            Assert.Equal(_stateAfter, await place.StateAsync());
            Assert.Equal(_filesAfter, place.Files());
            await place.AssertSoundAsync();
            await _command.AfterEnd(place);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new InvalidOperationException($"{_command.Name}, {what}: {exception.Message}", exception);
        }
    }

    /// <summary>Kills it after a part of the time that it takes.</summary>
    /// <param name="part">Of <see cref="Duration"/>, from 0 to 1; the program only begins to start before
    /// <see cref="EarliestPart"/>.</param>
    /// <param name="output">Told what came of it.</param>
    public Task KillAsync(double part, ITestOutputHelper output)
    {
        var moment = Duration * (EarliestPart + (part * (1 - EarliestPart)));
        return CheckAsync($"killed after {moment.TotalMilliseconds:F0} ms", async (place, arguments) =>
        {
            await using var running = place.Cli.Start(arguments);
            var isKilled = await running.KillAtAsync(moment);
            output.WriteLine($"{moment.TotalMilliseconds:F0} ms: {(isKilled ? "killed" : "had ended")}");
            await running.UntilNobodyIsLeftAsync();
        });
    }

    public void Dispose() => _before.Dispose();

    async Task CompleteAsync(VersionPlace place, string[] arguments)
    {
        var again = await place.Cli.RunAsync(arguments);
        if (again.ExitCode == 0 || _command.DoneCodes.Any(
            code => again.Messages.Contains($"({code})", StringComparison.Ordinal)))
        {
            return;
        }

        if (!await _command.GoOn(place, again))
            await place.RunAsync(arguments);
    }

    void AssertFilesAreOldOrNew(VersionPlace place)
    {
        var files = place.Files();
        if (!_command.ChangesFiles)
        {
            Assert.Equal(_filesBefore, files);
            return;
        }

        foreach (var (path, digest) in files)
        {
            Assert.True(
                digest == _filesBefore.GetValueOrDefault(path) || digest == _filesAfter.GetValueOrDefault(path),
                $"'{path}' is neither the old nor the new one.");
        }

        // A file that both have may be neither absent nor other: it is replaced in one step.
        Assert.Empty(_filesBefore.Keys.Intersect(_filesAfter.Keys).Except(files.Keys));
    }
}
