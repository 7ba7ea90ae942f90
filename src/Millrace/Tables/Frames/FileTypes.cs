using System.Globalization;

namespace Millrace.Tables.Frames;

/// <summary>Corrects the types that DuckDB finds out of text where its values would be other ones: numbers that a
/// double does not hold, times whose offset it leaves out, and dates of which the order of day and month is a guess.
/// </summary>
/// <remarks>Only columns themselves are looked at, not what is inside of lists and structs.</remarks>
static class FileTypes
{
    const int MostDigits = 38;
    const string Double = "DOUBLE";
    const string Time = "TIMESTAMP";
    const string Text = "VARCHAR";

    /// <param name="session">Reads the file once more when there is a column in doubt.</param>
    /// <param name="columns">As DuckDB found them.</param>
    /// <param name="source">The file with the types of its columns said.</param>
    /// <param name="isJson">Whether texts have quotes.</param>
    public static IReadOnlyList<FrameColumn> Correct(
        SqlSession session, IReadOnlyList<FrameColumn> columns, Func<IReadOnlyList<FrameColumn>, string> source,
        bool isJson)
    {
        List<FrameColumn> doubtful = [.. columns.Where(column =>
            column.SqlType is Double or Time || (!isJson && column.SqlType is "DATE" or "TIMESTAMP WITH TIME ZONE"))];
        if (doubtful.Count == 0)
            return columns;
        var raw = columns.Select(column => column with { SqlType = isJson ? "JSON" : Text }).ToList();
        var facts = doubtful.SelectMany(column => Facts(column, isJson));
        var found = session.Query(
            $"select {string.Join(", ", facts)} from {source(raw)}", [],
            reader =>
            {
                reader.Read();
                return Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? 0L : reader.GetInt64(i))
                    .ToList();
            });
        var types = doubtful.Select((column, i) => (column.Name, Type: Type(column.SqlType, found, i * 4)))
            .ToDictionary(column => column.Name, column => column.Type, StringComparer.Ordinal);
        return [.. columns.Select(
            column => types.TryGetValue(column.Name, out var type) ? column with { SqlType = type } : column)];
    }

    /// <summary>Four counts of a column.</summary>
    static IEnumerable<string> Facts(FrameColumn column, bool isJson)
    {
        var name = SqlName.Quote(column.Name);
        var text = isJson ? $"({name} ->> '$')" : name;
        if (column.SqlType == Double)
        {
            var shown = $"cast(try_cast({text} as double) as varchar)";
            yield return $"count(*) filter (where {Differs(18)} or {Differs(0)})";
            yield return $"count(*) filter (where not regexp_matches({text}, '^[+-]?[0-9]*\\.?[0-9]*$'))";
            yield return $"coalesce(max(length(regexp_extract({text}, '^[+-]?([0-9]*)', 1))), 0)::bigint";
            yield return $"coalesce(max(length(regexp_extract({text}, '\\.([0-9]*)$', 1))), 0)::bigint";
            yield break;

            string Differs(int scale) =>
                $"try_cast({text} as decimal(38,{scale})) <> try_cast({shown} as decimal(38,{scale}))";
        }

        yield return $"count({text})";
        yield return $"count(*) filter (where regexp_matches({text}, '([zZ]|[+-][0-9]{{2}}:?([0-9]{{2}})?)\\s*$') "
            + $"and length({text}) > 10)";
        yield return $"count(*) filter (where not regexp_matches({text}, '^\\s*[0-9]{{4}}-'))";
        yield return "0::bigint";
    }

    static string Type(string type, List<long> found, int at)
    {
        if (type == Double)
        {
            var (inexact, others, whole, scale) = (found[at], found[at + 1], found[at + 2], found[at + 3]);
            return inexact == 0 ? Double
                : others > 0 || whole + scale > MostDigits ? Text
                : string.Create(CultureInfo.InvariantCulture, $"DECIMAL({Math.Max(whole, 1) + scale},{scale})");
        }

        var (values, withOffset, guessed) = (found[at], found[at + 1], found[at + 2]);
        return guessed > 0 ? Text
            : type != Time || withOffset == 0 ? type
            : withOffset == values ? "TIMESTAMP WITH TIME ZONE" : Text;
    }
}
