namespace Millrace.Benchmarks;

/// <summary>What one tool took for each step, in all runs.</summary>
/// <param name="stepCount">How many steps there are.</param>
sealed class VersionFigures(int stepCount)
{
    readonly CommandRun?[] _least = new CommandRun?[stepCount];

    /// <summary>Of all steps and runs.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Files of its store after the edit, in the last run.</summary>
    public int FileCount { get; private set; }

    /// <summary>Bytes by which its store grew for the edit, in the last run.</summary>
    public long EditBytes { get; private set; }

    /// <summary>The run of the step with the least CPU.</summary>
    public CommandRun Least(int step) => _least[step] ?? new CommandRun(0, 0, 0);

    public void Take(int step, CommandRun run)
    {
        PeakBytes = Math.Max(PeakBytes, run.PeakBytes);
        if (_least[step] is not { } least || run.CpuSeconds < least.CpuSeconds)
            _least[step] = run;
    }

    public void Keep(int fileCount, long editBytes) => (FileCount, EditBytes) = (fileCount, editBytes);
}
