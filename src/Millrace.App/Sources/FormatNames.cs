using Millrace.Sources;

namespace Millrace.App.Sources;

/// <summary>What formats are called on the command line.</summary>
static class FormatNames
{
    /// <summary>Formats that rows are written in.</summary>
    public static readonly IReadOnlyDictionary<string, SourceFormat> Written = Named(Tables());

    /// <summary>Formats that rows are read from.</summary>
    public static readonly IReadOnlyDictionary<string, SourceFormat> Read = Named(
    [
        ("auto", SourceFormat.Auto),
        .. Tables(),
        ("common", SourceFormat.CommonLog),
        ("combined", SourceFormat.CombinedLog),
        ("regex", SourceFormat.Regex),
    ]);

    static (string Name, SourceFormat Format)[] Tables() =>
    [
        ("csv", SourceFormat.Csv),
        ("tsv", SourceFormat.Tsv),
        ("json", SourceFormat.Json),
        ("jsonl", SourceFormat.JsonLines),
        ("parquet", SourceFormat.Parquet),
        ("arrow", SourceFormat.Arrow),
        ("xlsx", SourceFormat.Excel),
    ];

    static Dictionary<string, SourceFormat> Named((string Name, SourceFormat Format)[] formats) =>
        formats.ToDictionary(pair => pair.Name, pair => pair.Format, StringComparer.Ordinal);
}
