namespace Millrace.App.Tables;

/// <summary>Counts as a row of letters, each as high as its count.</summary>
static class Sparkline
{
    const string Blocks = "▁▂▃▄▅▆▇█";
    const string Ascii = ".:-=+*#@";

    /// <summary>A blank for nothing, else one of eight heights; the greatest count has the greatest.</summary>
    public static string Of(IReadOnlyList<double> counts, bool isAscii)
    {
        var heights = isAscii ? Ascii : Blocks;
        var greatest = counts.DefaultIfEmpty(0).Max();
        return string.Concat(counts.Select(count => count <= 0 ? ' '
            : heights[Math.Min(heights.Length - 1, (int)(count / greatest * heights.Length))]));
    }
}
