using System.Numerics;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Millrace.Tables.Edits;

/// <summary>What is known of each column of the rows that a version wrote: counts, bounds, an estimate of the distinct
/// values, quantiles, the commonest values and the length of texts. One pass over the rows.</summary>
static class ColumnFigures
{
    const int MaxColumns = 100;
    const int MaxTextShown = 64;
    const int TopCount = 5;
    const string Quantiles = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]";

    static readonly HashSet<string> Numbers = new(StringComparer.Ordinal)
    {
        "long", "integer", "short", "byte", "float", "double",
    };

    /// <summary>A JSON object with a member for each column; columns beyond the first hundred are left out.</summary>
    public static string Read(SqlSession session, TableSchema schema, string rows)
    {
        var columns = schema.Columns.Take(MaxColumns).ToList();
        var fields = columns.SelectMany(Fields).ToList();
        using var stream = new MemoryStream();
        using var json = new Utf8JsonWriter(stream);
        session.Query(
            $"select {string.Join(", ", fields.Select(field => field.Sql))} from {rows}", [],
            reader =>
            {
                reader.Read();
                Write(json, columns, fields, reader);
                return 0;
            });
        json.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static void Write(
        Utf8JsonWriter json, List<TableColumn> columns, List<(TableColumn Column, string Name, string Sql)> fields,
        DuckDBDataReader reader)
    {
        json.WriteStartObject();
        var at = 0;
        foreach (var column in columns)
        {
            json.WriteStartObject(column.Name);
            for (; at < fields.Count && ReferenceEquals(fields[at].Column, column); at++)
            {
                if (!reader.IsDBNull(at))
                {
                    json.WritePropertyName(fields[at].Name);
                    WriteValue(json, reader.GetValue(at));
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    static IEnumerable<(TableColumn Column, string Name, string Sql)> Fields(TableColumn column)
    {
        var name = SqlName.Quote(column.Name);
        var type = column.Type;
        yield return (column, "count", "count(*)");
        yield return (column, "nulls", $"count(*) - count({name})");
        if (column.DataType.IsNested || type is "binary" or "void")
        {
            yield break;
        }

        if (type is "float" or "double")
        {
            yield return (column, "nan", $"count(*) filter (where isnan({name}))");
            name = $"(case when isfinite({name}) then {name} end)";
        }

        yield return (column, "min", Text($"min({name})"));
        yield return (column, "max", Text($"max({name})"));
        yield return (column, "distinct", $"approx_count_distinct({name})");
        if (Numbers.Contains(type))
        {
            yield return (column, "quantiles", $"approx_quantile(cast({name} as double), {Quantiles})");
        }

        if (type is "string")
        {
            yield return (column, "lengthMin", $"min(length({name}))");
            yield return (column, "lengthMean", $"avg(length({name}))");
            yield return (column, "lengthMax", $"max(length({name}))");
        }

        yield return (column, "top", $"list_transform(approx_top_k({name}, {TopCount}), lambda v: {Text("v")})");
    }

    static string Text(string value) => $"left(cast({value} as varchar), {MaxTextShown})";

    static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double:
                json.WriteNullValue();
                break;
            case BigInteger large:
                json.WriteRawValue(large.ToString());
                break;
            case System.Collections.IEnumerable list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    WriteValue(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteNumberValue(Convert.ToInt64(value));
                break;
        }
    }
}
