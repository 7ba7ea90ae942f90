using Millrace.App.Terminal;
using Millrace.Tables.Profiles;
using Spectre.Console;

namespace Millrace.App.Tables;

/// <summary>A profile in a terminal.</summary>
/// <param name="console">Where to.</param>
/// <param name="isAscii">Whether to write no letters beyond ASCII of its own.</param>
sealed class ProfileText(IAnsiConsole console, bool isAscii)
{
    const int MaxCorrelations = 10;
    const double LeastCorrelation = 0.3;
    const int MaxValues = 90;

    public void Write(TableProfile profile)
    {
        console.WriteLine($"{Safe(profile.Name)}: {ProfileWords.Facts(profile)}");
        if (profile.Columns.Count > 0)
            console.Write(Columns(profile));
        if (profile.LeftOutColumnCount > 0)
            console.WriteLine($"{profile.LeftOutColumnCount:N0} more columns: name them with --columns.");
        if (profile.IsFirst)
            return;
        WriteCorrelations(profile);
        WriteFindings(profile);
    }

    Table Columns(TableProfile profile)
    {
        var table = new Table().Border(isAscii ? TableBorder.Ascii : TableBorder.Simple);
        table.AddColumn("column").AddColumn("type").AddColumn(new TableColumn("missing").RightAligned())
            .AddColumn(new TableColumn("distinct").RightAligned()).AddColumn(new TableColumn("spread").NoWrap())
            .AddColumn("values");
        foreach (var column in profile.Columns)
        {
            table.AddRow(
                Markup.Escape(Safe(column.Name)), Markup.Escape(Safe(Short(column.Type, 24))),
                ProfileWords.Missing(column, profile.RowCount), ProfileWords.Distinct(column),
                Markup.Escape(Sparkline.Of(ProfileWords.Spread(column), isAscii)),
                Markup.Escape(Plain(Safe(Short(Values(column), MaxValues)))));
        }

        return table;
    }

    static string Values(ColumnProfile column)
    {
        var nan = column.NanCount > 0 ? $", {ProfileWords.Count(column.NanCount.Value)} NaN" : "";
        return ProfileWords.Values(column) + nan;
    }

    void WriteCorrelations(TableProfile profile)
    {
        var strong = profile.Correlations.Where(pair => Math.Abs(pair.Value) >= LeastCorrelation).ToList();
        if (strong.Count == 0)
            return;
        console.WriteLine("What depends on each other:");
        foreach (var pair in strong.Take(MaxCorrelations))
        {
            console.WriteLine(Plain(
                $"  {pair.Value,6:0.00}  {Safe(pair.Left)} ~ {Safe(pair.Right)} ({ProfileWords.Kind(pair.Kind)})"));
        }

        if (strong.Count > MaxCorrelations)
            console.WriteLine($"  and {strong.Count - MaxCorrelations:N0} more pairs");
        console.WriteLine();
    }

    void WriteFindings(TableProfile profile)
    {
        if (profile.Findings.Count == 0)
        {
            console.WriteLine("Nothing looks wrong.");
            return;
        }

        console.WriteLine("What looks wrong, the worst first:");
        foreach (var finding in profile.Findings)
        {
            var colour = finding.Severity switch
            {
                FindingSeverity.Serious => "red",
                FindingSeverity.Warning => "yellow",
                _ => "grey",
            };
            var examples = finding.Examples.Count == 0 ? ""
                : $" Such as: {string.Join("; ", finding.Examples)}";
            console.MarkupLine(
                $"  [{colour}]{ProfileWords.Severity(finding.Severity),-7}[/]  "
                + Markup.Escape(Plain(Safe(finding.Message + examples))));
        }
    }

    static string Short(string text, int most) => text.Length <= most ? text
        : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)] + "…";

    static string Safe(string text) => SafeText.ForOutput(text).Replace('\n', ' ').Replace('\r', ' ');

    string Plain(string text) => !isAscii ? text
        : text.Replace("±", "+-", StringComparison.Ordinal).Replace("…", "...", StringComparison.Ordinal)
            .Replace("é", "e", StringComparison.Ordinal);
}
