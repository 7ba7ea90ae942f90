using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>What a merge did.</summary>
static class MergeText
{
    public static void Write(MergeReport report)
    {
        foreach (var conflict in report.Conflicts)
        {
            Console.Out.WriteLine(
                $"conflict: {StatusText.Printable(conflict.Path)}"
                + (conflict.IsTable ? " (a table: both sides made versions of it)"
                    : conflict.Theirs is null ? " (they deleted it)"
                    : conflict.Ours is null ? " (we deleted it)" : ""));
        }

        Console.Error.WriteLine(
            report.IsUpToDate ? "There is nothing to merge."
            : report.Commit is { } commit
                ? $"{(report.IsFastForward ? "Went forward" : "Merged")} to {commit.Short}."
                : "Make each of these files what it shall be, 'millrace add' it, then 'millrace commit'. "
                    + "Theirs lie beside them as *.THEIRS~*.");
    }
}
