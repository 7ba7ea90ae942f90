using System.Globalization;
using System.Text;
using Millrace.Tables.Profiles;

namespace Millrace.App.Tables;

/// <summary>A profile as one page that needs nothing beside itself: no script, no font and no picture from elsewhere,
/// in light and dark.</summary>
static class ProfilePage
{
    const int MaxMatrixColumns = 40;
    const int MaxPairs = 15;
    const double LeastCorrelation = 0.3;

    const string Style = """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--line:#dfe3e8;--text:#1c2430;--soft:#5d6878;
        --bar:#2f6fb2;--track:#e8edf3;--less:#b5532f;--serious:#b3261e;--warning:#8a5a00;--note:#4a5b70}
        @media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--line:#2c3542;--text:#e4e9f0;
        --soft:#9aa7b8;--bar:#6aa9e9;--track:#27303c;--less:#e08a63;--serious:#ff8a80;--warning:#f0b95a;--note:#a9b8cc}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text);font:15px/1.45 system-ui,sans-serif}
        main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
        h1{font-size:26px;margin:0 0 4px;overflow-wrap:anywhere}
        h2{font-size:18px;margin:34px 0 12px}
        h3{font-size:15px;margin:0;overflow-wrap:anywhere}
        .facts,.type,.axis,.share,.pair small{color:var(--soft)}
        .findings{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);
        border-radius:10px}
        .findings li{display:grid;grid-template-columns:76px 1fr;gap:10px;padding:10px 14px;
        border-top:1px solid var(--line)}
        .findings li:first-child{border-top:0}
        .findings b{font-size:12px;font-weight:600;text-transform:uppercase;letter-spacing:.03em;padding-top:2px}
        .findings p{margin:0;overflow-wrap:anywhere}
        .serious{color:var(--serious)}.warning{color:var(--warning)}.note{color:var(--note)}
        code{font:13px ui-monospace,monospace;background:var(--track);border-radius:4px;padding:1px 5px;
        overflow-wrap:anywhere;white-space:pre-wrap}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:14px}
        .card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px;min-width:0}
        .head{display:flex;justify-content:space-between;gap:10px;margin-bottom:10px}
        .type{font:12px ui-monospace,monospace;text-align:right;overflow-wrap:anywhere}
        .chart{display:block;width:100%;height:96px}
        .bar{fill:var(--bar)}
        .tail{fill-opacity:.45}
        .axis{display:flex;justify-content:space-between;font-size:12px;border-top:1px solid var(--line);
        padding-top:3px;margin-bottom:6px}
        .figures{width:100%;border-collapse:collapse;font-size:13px;margin-top:8px}
        .figures td{padding:2px 0;vertical-align:top;overflow-wrap:anywhere}
        .figures td:first-child{color:var(--soft);width:84px}
        .figures td+td{text-align:right;font-variant-numeric:tabular-nums}
        .top{width:100%;border-collapse:collapse;font-size:13px;table-layout:fixed}
        .top td{padding:2px 0}
        .value{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;width:44%;padding-right:8px!important}
        .track{width:auto}
        .fill{height:12px;background:var(--bar);border-radius:2px;min-width:2px}
        .share{text-align:right;width:58px;font-variant-numeric:tabular-nums}
        .two{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:20px;align-items:start}
        @media (max-width:760px){.two{grid-template-columns:1fr}}
        .matrix{width:100%;background:var(--card);border:1px solid var(--line);border-radius:10px}
        .matrix .more,.matrix .self{fill:var(--bar)}.matrix .less{fill:var(--less)}
        .label{font:11px system-ui,sans-serif;fill:var(--soft)}
        .pairs{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);
        border-radius:10px}
        .pair{display:flex;gap:10px;padding:7px 14px;border-top:1px solid var(--line);overflow-wrap:anywhere}
        .pair:first-child{border-top:0}
        .pair b{font-variant-numeric:tabular-nums;min-width:44px;text-align:right}
        """;

    public static string Of(TableProfile profile)
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
            // A value that was taken for a part of the page could load nothing and run nothing.
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
            .Append("style-src 'unsafe-inline'\"/>\n<title>").Append(Text(profile.Name)).Append("</title>\n<style>\n")
            .Append(Style).Append("\n</style>\n</head>\n<body>\n<main>\n<header>\n<h1>").Append(Text(profile.Name))
            .Append("</h1>\n<div class=\"facts\">").Append(Text(ProfileWords.Facts(profile)))
            .Append("</div>\n</header>\n");
        if (!profile.IsFirst)
            AppendFindings(html, profile);
        AppendCorrelations(html, profile);
        html.Append("<section>\n<h2>Columns</h2>\n<div class=\"cards\">\n");
        foreach (var column in profile.Columns)
            AppendCard(html, profile, column);
        return html.Append("</div>\n</section>\n</main>\n</body>\n</html>\n").ToString();
    }

    static void AppendFindings(StringBuilder html, TableProfile profile)
    {
        html.Append("<section>\n<h2>What looks wrong</h2>\n");
        if (profile.Findings.Count == 0)
        {
            html.Append("<p>Nothing.</p>\n</section>\n");
            return;
        }

        html.Append("<ul class=\"findings\">\n");
        foreach (var finding in profile.Findings)
        {
            var severity = ProfileWords.Severity(finding.Severity);
            html.Append($"<li><b class=\"{severity}\">{severity}</b><p>{Text(finding.Message)}");
            foreach (var example in finding.Examples)
                html.Append($" <code>{Text(example)}</code>");
            html.Append("</p></li>\n");
        }

        html.Append("</ul>\n</section>\n");
    }

    static void AppendCorrelations(StringBuilder html, TableProfile profile)
    {
        if (profile.Correlations.Count == 0)
            return;
        var measured = profile.Correlations.SelectMany(pair => new[] { pair.Left, pair.Right }).ToHashSet();
        List<string> names = [.. profile.Columns.Select(column => column.Name).Where(measured.Contains)
            .Take(MaxMatrixColumns)];
        html.Append("<section>\n<h2>What depends on each other</h2>\n<div class=\"two\">\n")
            .Append(ProfileChart.Matrix(profile.Correlations, names)).Append("\n<ul class=\"pairs\">\n");
        var strong = profile.Correlations.Where(pair => Math.Abs(pair.Value) >= LeastCorrelation).Take(MaxPairs)
            .ToList();
        foreach (var pair in strong)
        {
            html.Append($"<li class=\"pair\"><b>{pair.Value.ToString("0.00", CultureInfo.InvariantCulture)}</b><span>")
                .Append($"{Text(pair.Left)} ~ {Text(pair.Right)} <small>{Text(ProfileWords.Kind(pair.Kind))}</small>")
                .Append("</span></li>\n");
        }

        if (strong.Count == 0)
            html.Append("<li class=\"pair\"><span>No pair of columns does so strongly.</span></li>\n");
        html.Append("</ul>\n</div>\n</section>\n");
    }

    static void AppendCard(StringBuilder html, TableProfile profile, ColumnProfile column)
    {
        html.Append("<article class=\"card\">\n<div class=\"head\"><h3>").Append(Text(column.Name))
            .Append("</h3><span class=\"type\">").Append(Text(column.Type)).Append("</span></div>\n");
        if (column.Histogram is { } histogram)
            html.Append(ProfileChart.Histogram(column, histogram)).Append('\n');
        if (column.Top.Count > 0 && column.Kind is ColumnKind.Text or ColumnKind.Boolean)
            html.Append(ProfileChart.Top(column)).Append('\n');
        html.Append("<table class=\"figures\">\n");
        foreach (var (name, value) in Figures(profile, column))
        {
            if (value.Length > 0)
                html.Append($"<tr><td>{name}</td><td>{Text(value)}</td></tr>\n");
        }

        html.Append("</table>\n</article>\n");
    }

    static IEnumerable<(string Name, string Value)> Figures(TableProfile profile, ColumnProfile column)
    {
        yield return ("missing", column.NullCount is not { } nulls ? "" : nulls == 0 ? "none"
            : $"{ProfileWords.Count(nulls)} ({ProfileWords.Missing(column, profile.RowCount)})");
        if (column.NanCount > 0)
            yield return ("NaN", ProfileWords.Count(column.NanCount.Value));
        if (column.InfiniteCount > 0)
            yield return ("infinite", ProfileWords.Count(column.InfiniteCount.Value));
        yield return ("distinct", ProfileWords.Distinct(column));
        yield return ("least", column.Min ?? "");
        yield return ("greatest", column.Max ?? "");
        if (column.Kind == ColumnKind.Boolean && column.Mean is { } share)
            yield return ("true", ProfileWords.Share(share));
        if (column.Kind == ColumnKind.Number)
            yield return ("mean", ProfileWords.Mean(column) ?? "");
        foreach (var (at, quantile) in ColumnProfile.QuantileShares.Zip(column.Quantiles))
        {
            if (at is 0.05 or 0.25 or 0.5 or 0.75 or 0.95)
                yield return (at == 0.5 ? "median" : $"{at * 100:0} %", ProfileWords.Place(column, quantile));
        }

        if (column.Lengths is { } lengths)
            yield return ("length", $"{ProfileWords.Count(lengths.Min)} to {ProfileWords.Count(lengths.Max)}, mean "
                + ProfileWords.Number(lengths.Mean));
    }

    static string Text(string text) => ProfileChart.Text(text);
}
