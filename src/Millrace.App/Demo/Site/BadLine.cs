using System.Text;

namespace Millrace.App.Demo.Site;

/// <summary>A malformed line of a log file, which stands before the line at <paramref name="Index"/>.</summary>
/// <param name="FileIndex">Which file, from the first day.</param>
/// <param name="Index">Which of the file's good lines follows.</param>
/// <param name="KeptShare">How much of the following line it holds; 0 for a line of plain text.</param>
readonly record struct BadLine(int FileIndex, int Index, double KeptShare)
{
    static readonly byte[] PlainText = Encoding.ASCII.GetBytes("event writer restarted: queue drained");

    /// <summary>Chooses places in files that have lines: two torn lines, then one of text, and so on.</summary>
    public static BadLine[] Choose(int count, IReadOnlyList<LogLine[]> files, ulong seed)
    {
        var filled = Enumerable.Range(0, files.Count).Where(index => files[index].Length > 0).ToArray();
        if (filled.Length == 0)
            return [];

        var chance = SplitMix64.For(seed, SiteStream.BadLine);
        var lines = new BadLine[count];
        for (var number = 0; number < count; number++)
        {
            var file = filled[chance.NextIndex(filled.Length)];
            var index = chance.NextIndex(files[file].Length);
            var share = chance.NextBetween(0.2, 0.9);
            lines[number] = new BadLine(file, index, number % 3 == 2 ? 0 : share);
        }

        return lines;
    }

    /// <summary>Its bytes without the line end, given the line that follows.</summary>
    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> following) =>
        KeptShare == 0 ? PlainText : following[..(int)(KeptShare * following.Length)];
}
