using Millrace.Tables.Delta;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Profiles;

/// <summary>The query that reads files of text, with types that all of their values have.</summary>
/// <remarks>DuckDB takes <c>01234</c> for a number. It is one of a zip code or a key more often, and the zero would be
/// lost, so such a column stays text, as it does when it is ingested.</remarks>
sealed class TextFiles(FileFormat format, IReadOnlyList<string> paths)
{
    string Files => $"[{string.Join(", ", paths.Select(path => SqlName.Text(DataScan.Literal(path))))}]";

    public string Sql(SqlSession session)
    {
        if (format == FileFormat.Json)
            return $"select * from read_json({Files}, sample_size = -1, hive_partitioning = false, "
                + "union_by_name = true)";
        var columns = FrameEngine.Describe(session, $"select * from {Csv("")}");
        var whole = columns.Where(column => column.SqlType is "BIGINT" or "HUGEINT").ToList();
        if (whole.Count == 0)
            return $"select * from {Csv("")}";
        var zeros = session.Query(
            $"select {string.Join(", ", whole.Select(column =>
                $"coalesce(bool_or(regexp_matches({SqlName.Quote(column.Name)}, '^[+-]?0[0-9]')), false)"))} "
            + $"from {Csv(", all_varchar = true")}",
            [],
            reader => reader.Read() ? whole.Where((_, i) => reader.GetBoolean(i)).ToList() : []);
        return zeros.Count == 0 ? $"select * from {Csv("")}"
            : $"select * from {Csv($", types = {{{string.Join(
                ", ", zeros.Select(column => $"{SqlName.Text(column.Name)}: 'VARCHAR'"))}}}")}";
    }

    string Csv(string more) =>
        $"read_csv({Files}, sample_size = -1, hive_partitioning = false, union_by_name = true{more})";
}
