namespace Millrace.Tables.Profiles;

/// <summary>Nulls and bounds of columns, from the footers of Parquet files.</summary>
/// <param name="files">The files, as SQL writes them.</param>
sealed class ParquetFooters(string files)
{
    const string Footers = "millrace_footers";

    /// <summary>One figure for each column; of nested ones nothing is known.</summary>
    public IReadOnlyList<ColumnProfile> Read(
        SqlSession session, IReadOnlyList<ProfiledColumn> columns, Func<ProfiledColumn, ColumnProfile> unknown)
    {
        session.Execute($"""
            create or replace temp table {Footers} as select path_in_schema as name,
                case when min_is_exact is distinct from false then coalesce(stats_min_value, stats_min) end as low,
                case when max_is_exact is distinct from false then coalesce(stats_max_value, stats_max) end as high,
                num_values as total, stats_null_count as nulls
            from parquet_metadata({files})
            """);
        try
        {
            return [.. columns.Select(column => Read(session, column, unknown(column)))];
        }
        finally
        {
            session.Execute($"drop table if exists {Footers}", CancellationToken.None);
        }
    }

    /// <summary>A column that some part of a file has no bounds for, or bounds that were cut, has none.</summary>
    static ColumnProfile Read(SqlSession session, ProfiledColumn column, ColumnProfile unknown)
    {
        if (column.Kind is ColumnKind.Nested or ColumnKind.Bytes)
            return unknown;
        return session.Query(
            $"""
            select cast(case when bool_and(nulls is not null) then sum(nulls) end as bigint),
                case when bool_and(total = nulls or (low is not null and high is not null))
                    then cast(min(try_cast(low as {column.SqlType})) as varchar) end,
                case when bool_and(total = nulls or (low is not null and high is not null))
                    then cast(max(try_cast(high as {column.SqlType})) as varchar) end
            from {Footers} where name = {SqlName.Text(column.Name)}
            """,
            [],
            reader => reader.Read()
                ? unknown with
                {
                    NullCount = reader.IsDBNull(0) ? null : reader.GetInt64(0),
                    Min = reader.IsDBNull(1) ? null : reader.GetString(1),
                    Max = reader.IsDBNull(2) ? null : reader.GetString(2),
                }
                : unknown);
    }
}
