namespace Millrace.App.Versions;

/// <summary>The lines of a status, of which nobody reads thousands: above a number, files are summed up by the topmost
/// folder that they are in.</summary>
static class StatusLines
{
    /// <summary>With more lines in a section, folders are summed up.</summary>
    public const int LinesMax = 100;

    /// <summary>So few of a folder are shown all the same.</summary>
    const int FolderLinesMax = 10;

    /// <param name="output">Gets the section, when it has a line.</param>
    /// <param name="title">Its title.</param>
    /// <param name="lines">What there is.</param>
    /// <param name="isWhole">Whether every line is shown.</param>
    /// <returns>Whether something was summed up.</returns>
    public static bool Write(TextWriter output, string title, IReadOnlyList<StatusLine> lines, bool isWhole)
    {
        if (lines.Count == 0)
            return false;
        output.WriteLine(title);
        var shown = isWhole || lines.Count <= LinesMax ? lines : SumUp(lines);
        foreach (var line in shown)
            output.WriteLine($"  {Text(line)}");
        return shown.Count < lines.Count;
    }

    static List<StatusLine> SumUp(IReadOnlyList<StatusLine> lines)
    {
        var shown = new List<StatusLine>();
        foreach (var group in lines.GroupBy(line => (line.Word, Folder: TopOf(line.Path))))
        {
            var all = group.ToList();
            var (word, folder) = group.Key;
            var listed = folder.Length == 0 ? LinesMax : FolderLinesMax;
            if (all.Count <= listed)
            {
                shown.AddRange(all);
                continue;
            }

            if (folder.Length == 0)
                shown.AddRange(all.Take(listed));
            var rest = (folder.Length == 0 ? all.Skip(listed) : all).Sum(line => line.FileCount);
            shown.Add(new StatusLine(word, folder, rest));
        }

        return shown;
    }

    /// <summary>The topmost folder with its slash; empty for a file at the root.</summary>
    static string TopOf(string path) => path[..(path.IndexOf('/', StringComparison.Ordinal) + 1)];

    static string Text(StatusLine line)
    {
        var path = line.Path.Length == 0 ? $"and {line.FileCount:N0} more files here"
            : (line.From is { } from ? $"{StatusText.Printable(from)} -> " : "") + StatusText.Printable(line.Path)
                + (line.Path.EndsWith('/') ? $" ({line.FileCount:N0} file{(line.FileCount == 1 ? "" : "s")})" : "");
        return line.Word.Length == 0 ? path : $"{line.Word,-12}  {path}";
    }
}
