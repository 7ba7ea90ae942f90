using System.Diagnostics;
using System.Globalization;

namespace Millrace.Benchmarks;

/// <summary>What one whole command took, its children included.</summary>
/// <param name="WallSeconds">From start to end.</param>
/// <param name="CpuSeconds">User and system, to 10 ms.</param>
/// <param name="PeakBytes">The largest resident set of any of its processes.</param>
sealed record CommandRun(double WallSeconds, double CpuSeconds, long PeakBytes)
{
    const string Timer = "/usr/bin/time";

    /// <summary>Runs a line of shell in a folder; its output is dropped unless it fails.</summary>
    public static async Task<CommandRun> TakeAsync(string folder, string line)
    {
        if (!File.Exists(Timer))
            throw new InvalidOperationException("GNU time is missing: apt-get install time");
        var figures = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Timer)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var argument in (string[])["-o", figures, "-f", "%e %U %S %M", "bash", "-ec", line])
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            var printed = await output + await error;
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"'{line}' ended with {process.ExitCode}: {printed}");
            var values = (await File.ReadAllLinesAsync(figures))[^1].Split(' ')
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return new CommandRun(values[0], values[1] + values[2], (long)values[3] * 1024);
        }
        finally
        {
            File.Delete(figures);
        }
    }
}
