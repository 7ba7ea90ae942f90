using System.Globalization;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

partial class FileFigures
{
    const string Footer = "millrace_footer";

    /// <summary>The statistics of a file as DuckDB wrote them into its footer while it wrote the rows; those of a
    /// nested column are asked of the rows.</summary>
    /// <param name="session">Where the rows are.</param>
    /// <param name="path">The file.</param>
    /// <param name="rows">A view of it.</param>
    /// <param name="rowCount">Its rows.</param>
    public (string Json, bool MayNameObjects) ReadWritten(SqlSession session, string path, string rows, long rowCount)
    {
        if (_physical.Columns.Any(column => column.DataType.IsNested))
        {
            // The parts of a nested column are counted by themselves there.
            return Read(session, rows, rowCount);
        }

        session.Execute($"""
            create or replace temp table {Footer} as select column_id, stats_min_value as low,
                stats_max_value as high, num_values as total, stats_null_count as nulls
            from parquet_metadata({SqlName.Text(DataScan.Literal(path))})
            """);
        try
        {
            if (session.Value<bool>($"select bool_or(nulls is null) from {Footer}"))
            {
                return Read(session, rows, rowCount);
            }

            for (var i = 0; i < _leaves.Count; i++)
            {
                ReadFooter(session, _leaves[i], i);
            }

            return (Write(rowCount), MayNameObjects());
        }
        finally
        {
            session.Execute($"drop table if exists {Footer}", CancellationToken.None);
        }
    }

    /// <summary>A column that some part of the file has no bounds for has none.</summary>
    static void ReadFooter(SqlSession session, Leaf leaf, int index)
    {
        var (low, high) = leaf.Type switch
        {
            PrimitiveType { Name: "binary" or "boolean" } => ("null", "null"),
            PrimitiveType { Name: "string" } => ("min(low)", "max(high)"),
            PrimitiveType { Name: "date" } =>
                ("cast(min(cast(low as date)) as varchar)", "cast(max(cast(high as date)) as varchar)"),
            PrimitiveType { Name: "timestamp" or "timestamp_ntz" } =>
                ("epoch_us(min(cast(low as timestamptz)))", "epoch_us(max(cast(high as timestamptz)))"),
            DecimalType type => (
                $"cast(min(cast(low as {type.Sql})) as varchar)",
                $"cast(max(cast(high as {type.Sql})) as varchar)"),
            var type => ($"min(cast(low as {type.Sql}))", $"max(cast(high as {type.Sql}))"),
        };
        session.Query(
            string.Create(CultureInfo.InvariantCulture, $"""
            select case when whole then {low} end, case when whole then {high} end, cast(all_nulls as bigint) from (
                select *, bool_and(total = nulls or (low is not null and high is not null)) over () as whole,
                    sum(nulls) over () as all_nulls
                from {Footer} where column_id = {index}) group by whole, all_nulls
            """),
            [],
            reader =>
            {
                reader.Read();
                leaf.Min = reader.IsDBNull(0) ? null : reader.GetValue(0);
                leaf.Max = reader.IsDBNull(1) ? null : reader.GetValue(1);
                leaf.NullCount = reader.GetInt64(2);
                return 0;
            });
    }
}
