using System.Globalization;
using System.Net;
using System.Text;
using Millrace.Tables.Profiles;

namespace Millrace.App.Tables;

/// <summary>The charts of a profile's page, as SVG that takes its colours from the page.</summary>
static class ProfileChart
{
    const double Width = 320;
    const double Height = 96;
    const double Gap = 1.5;
    const double LeastBar = 1.5;
    const double WideTail = 3;

    /// <summary>A bar for each part of a histogram; what a part holds is shown when the pointer rests on it.</summary>
    public static string Histogram(ColumnProfile column, ColumnHistogram histogram)
    {
        var greatest = (double)Math.Max(1, histogram.Counts.Max());
        var step = Width / histogram.Counts.Count;
        var middle = histogram.Counts.Count / 2;
        var usual = histogram.Edges[middle + 1] - histogram.Edges[middle];
        var svg = new StringBuilder(
            $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Histogram of "
            + $"{Text(column.Name)}\">");
        for (var i = 0; i < histogram.Counts.Count; i++)
        {
            var height = histogram.Counts[i] == 0 ? 0 : Math.Max(LeastBar, histogram.Counts[i] / greatest * Height);
            svg.Append(
                $"<rect class=\"{(IsTail(i) ? "bar tail" : "bar")}\" x=\"{Place((i * step) + (Gap / 2))}\" "
                + $"y=\"{Place(Height - height)}\" "
                + $"width=\"{Place(step - Gap)}\" height=\"{Place(height)}\" rx=\"1\"><title>"
                + Text($"{ProfileWords.Place(column, histogram.Edges[i])} to "
                    + $"{ProfileWords.Place(column, histogram.Edges[i + 1])}: "
                    + ProfileWords.Count(histogram.Counts[i]))
                + "</title></rect>");
        }

        return svg.Append("</svg><div class=\"axis\"><span>")
            .Append(Text(ProfileWords.Place(column, histogram.Edges[0]))).Append("</span><span>")
            .Append(Text(ProfileWords.Place(column, histogram.Edges[^1]))).Append("</span></div>").ToString();

        // A part at an end that reaches much farther than the others.
        bool IsTail(int part) => (part == 0 || part == histogram.Counts.Count - 1)
            && histogram.Edges[part + 1] - histogram.Edges[part] > WideTail * usual;
    }

    /// <summary>A bar for each of the commonest values, on the scale of all rows that have one.</summary>
    public static string Top(ColumnProfile column)
    {
        var html = new StringBuilder("<table class=\"top\">");
        var greatest = Math.Max(column.Top.Max(top => top.Share), 1e-9);
        foreach (var top in column.Top)
        {
            html.Append(
                $"<tr><td class=\"value\">{Shown(top.Value)}</td><td class=\"track\"><div class=\"fill\" "
                + $"style=\"width:{Place(top.Share / greatest * 100)}%\"></div></td><td class=\"share\">"
                + $"{Text(ProfileWords.Share(top.Share))}</td></tr>");
        }

        return html.Append("</table>").ToString();
    }

    /// <summary>A square for each pair of columns, darker for a stronger dependence.</summary>
    public static string Matrix(IReadOnlyList<ColumnCorrelation> correlations, IReadOnlyList<string> names)
    {
        const double Cell = 22;
        const double Label = 130;
        const int MaxLetters = 18;
        var byPair = correlations.SelectMany(pair => new[]
        {
            (Key: (pair.Left, pair.Right), Pair: pair), (Key: (pair.Right, pair.Left), Pair: pair),
        }).DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Pair);
        var height = Label + (Cell * names.Count);
        // The last names lean out to the right.
        var width = height + (Label * 0.6);
        var svg = new StringBuilder(
            $"<svg class=\"matrix\" viewBox=\"0 0 {Place(width)} {Place(height)}\" "
            + $"style=\"max-width:{Place(width)}px\" "
            + "role=\"img\" aria-label=\"Correlations of all pairs of columns\">");
        for (var row = 0; row < names.Count; row++)
        {
            var name = Text(names[row].Length > MaxLetters ? names[row][..(MaxLetters - 1)] + "…" : names[row]);
            var middle = Label + ((row + 0.65) * Cell);
            svg.Append($"<text class=\"label\" x=\"{Place(Label - 6)}\" y=\"{Place(middle)}\" text-anchor=\"end\">"
                + $"{name}</text><text class=\"label\" transform=\"translate({Place(middle)} {Place(Label - 6)}) "
                + $"rotate(-60)\">{name}</text>");
            for (var column = 0; column < names.Count; column++)
            {
                var pair = byPair.GetValueOrDefault((names[row], names[column]));
                var value = row == column ? 1 : pair?.Value ?? 0;
                svg.Append(
                    $"<rect class=\"{(row == column ? "self" : value < 0 ? "less" : "more")}\" "
                    + $"x=\"{Place(Label + (column * Cell) + 1)}\" y=\"{Place(Label + (row * Cell) + 1)}\" "
                    + $"width=\"{Place(Cell - 2)}\" height=\"{Place(Cell - 2)}\" rx=\"3\" "
                    + $"fill-opacity=\"{Place(row == column ? 0.25 : Math.Max(0.04, Math.Abs(value)))}\"><title>"
                    + Text($"{names[row]} ~ {names[column]}"
                        + (pair is null ? "" : $": {pair.Value.ToString("0.00", CultureInfo.InvariantCulture)} "
                            + $"({ProfileWords.Kind(pair.Kind)})"))
                    + "</title></rect>");
            }
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>Text as HTML and SVG show it, never as their own.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(Terminal.SafeText.Escape(text));

    static string Shown(string value) => value.Length == 0 ? "<i>empty</i>" : Text(value);

    static string Place(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
