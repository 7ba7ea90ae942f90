using System.Globalization;

namespace Millrace.Tables.Frames;

/// <summary>DuckDB's SQL, in whose words frames are said.</summary>
sealed class DuckDbDialect : SqlDialect
{
    const double PercentPerOne = 100;

    DuckDbDialect()
    {
    }

    public static DuckDbDialect Instance { get; } = new();

    protected override string Blob(byte[] bytes) =>
        $"cast('{string.Concat(bytes.Select(b => $"\\x{b:X2}"))}' as blob)";

    protected override string DistinctOn(string keys) => $"distinct on ({keys}) ";

    // Rows are drawn one by one: DuckDB's default draws blocks of 2,048, which is no sample of a small table.
    protected override string Sample(string relation, long? count, double share, int seed) => count is { } rows
        ? string.Create(
            CultureInfo.InvariantCulture, $"{relation} tablesample reservoir({rows} rows) repeatable ({seed})")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{relation} tablesample bernoulli({share * PercentPerOne:0.##########} percent) repeatable ({seed})");
}
