using System.ComponentModel;
using System.Diagnostics;

namespace Millrace.App.Tables.Shell;

/// <summary>Shows what is longer than the screen in the program that the user reads long texts with.</summary>
static class Pager
{
    const string Usual = "less";

    /// <summary>Writes lines to the screen, through the pager when they do not fit.</summary>
    public static async Task ShowAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        if (lines.Count < EditorScreen.Size().Height
            || !await TryPageAsync(lines, cancellationToken).ConfigureAwait(false))
        {
            foreach (var line in lines)
            {
                Console.Out.Write(line + "\n");
            }
        }
    }

    static async Task<bool> TryPageAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        var command = Environment.GetEnvironmentVariable("PAGER") ?? Usual;
        if (command.Trim() is "" or "cat" || (command == Usual && !IsInPath(Usual)))
        {
            return false;
        }

        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardInput = true };
        // It ends by itself when all fits, leaves the lines on the screen, and cuts none.
        start.Environment.TryAdd("LESS", "FRSX");
        try
        {
            using var pager = Process.Start(start)!;
            try
            {
                foreach (var line in lines)
                {
                    await pager.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
                }

                pager.StandardInput.Close();
            }
            catch (IOException)
            {
                // Whoever reads has seen enough.
            }

            await pager.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    static bool IsInPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
