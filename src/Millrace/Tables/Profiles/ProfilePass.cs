using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Asks all rows at once for what can be said of each column without keeping its values.</summary>
/// <remarks>The processor is the limit: a mean costs a nanosecond for each value, an estimate of the distinct ones ten.
/// So the latter is asked only of columns where the sample met values once.</remarks>
static class ProfilePass
{
    // Of one query; a column has up to ten figures.
    const int ColumnsPerQuery = 100;
    const int MaxTextShown = 64;

    /// <param name="session">Where the rows are.</param>
    /// <param name="columns">Each with whether the distinct values are to be estimated.</param>
    /// <param name="cancellationToken">Interrupts the queries.</param>
    public static List<PassFigures> Read(
        SqlSession session, IReadOnlyList<(ProfiledColumn Column, bool CountsDistinct)> columns,
        CancellationToken cancellationToken)
    {
        var figures = new List<PassFigures>();
        foreach (var some in columns.Chunk(ColumnsPerQuery))
        {
            try
            {
                figures.AddRange(Read(session, some, hasMoments: true, cancellationToken));
            }
            catch (MillraceException exception)
                when (exception.Message.Contains("out of range", StringComparison.OrdinalIgnoreCase))
            {
                // Of numbers whose sum or square no double holds.
                figures.AddRange(Read(session, some, hasMoments: false, cancellationToken));
            }
        }

        return figures;
    }

    static List<PassFigures> Read(
        SqlSession session, (ProfiledColumn Column, bool CountsDistinct)[] columns, bool hasMoments,
        CancellationToken cancellationToken)
    {
        var fields = columns.SelectMany((column, index) => Fields(column.Column, column.CountsDistinct, hasMoments)
            .Select(field => (Index: index, field.Name, field.Sql))).ToList();
        return session.Query(
            $"select {string.Join(", ", fields.Select(field => field.Sql))} from {ProfileSample.Rows}", [],
            reader =>
            {
                reader.Read();
                var values = columns.Select(_ => new Dictionary<string, object>(StringComparer.Ordinal)).ToList();
                for (var i = 0; i < fields.Count; i++)
                {
                    if (!reader.IsDBNull(i))
                        values[fields[i].Index][fields[i].Name] = reader.GetValue(i);
                }

                return values.ConvertAll(Figures);
            },
            cancellationToken);
    }

    static IEnumerable<(string Name, string Sql)> Fields(ProfiledColumn column, bool countsDistinct, bool hasMoments)
    {
        var value = column.Sql;
        yield return ("present", $"count({value})");
        if (countsDistinct)
            yield return ("distinct", $"approx_count_distinct({value})");
        if (column.IsFloat)
        {
            yield return ("nan", $"count_if(isnan({value}))");
            yield return ("infinite", $"count_if(isinf({value}))");
            value = $"case when isfinite({value}) then {value} end";
        }

        foreach (var field in column.Kind switch
        {
            ColumnKind.Number => OfNumber(value, hasMoments),
            ColumnKind.Time => OfTime(column),
            ColumnKind.Boolean => [("mean", $"avg(cast({value} as integer))"), .. Bounds(value)],
            ColumnKind.Text => OfText(column),
            ColumnKind.Bytes => OfLength($"octet_length({value})"),
            _ => column.IsList ? OfLength($"len({value})") : [],
        })
        {
            yield return field;
        }
    }

    static IEnumerable<(string Name, string Sql)> OfNumber(string value, bool hasMoments)
    {
        foreach (var field in Bounds(value))
            yield return field;
        yield return ("minNumber", $"cast(min({value}) as double)");
        yield return ("maxNumber", $"cast(max({value}) as double)");
        if (hasMoments)
        {
            yield return ("mean", $"cast(avg({value}) as double)");
            yield return ("std", $"stddev_samp(cast({value} as double))");
        }
    }

    static IEnumerable<(string Name, string Sql)> OfTime(ProfiledColumn column)
    {
        foreach (var field in Bounds(column.Sql))
            yield return field;
        yield return ("minNumber", $"cast({column.MicrosecondsSql($"min({column.Sql})")} as double)");
        yield return ("maxNumber", $"cast({column.MicrosecondsSql($"max({column.Sql})")} as double)");
    }

    static IEnumerable<(string Name, string Sql)> OfText(ProfiledColumn column)
    {
        yield return ("min", $"left(min({column.TextSql}), {MaxTextShown})");
        yield return ("max", $"left(max({column.TextSql}), {MaxTextShown})");
        yield return ("constant", $"min({column.TextSql}) = max({column.TextSql})");
        foreach (var field in OfLength($"length({column.TextSql})"))
            yield return field;
    }

    static IEnumerable<(string Name, string Sql)> OfLength(string length) =>
    [
        ("lengthMin", $"min({length})"), ("lengthMean", $"avg({length})"), ("lengthMax", $"max({length})"),
    ];

    static IEnumerable<(string Name, string Sql)> Bounds(string value) =>
    [
        ("min", $"cast(min({value}) as varchar)"), ("max", $"cast(max({value}) as varchar)"),
        ("constant", $"min({value}) = max({value})"),
    ];

    static PassFigures Figures(Dictionary<string, object> values)
    {
        return new PassFigures
        {
            Present = Whole("present") ?? 0,
            Nan = Whole("nan"),
            Infinite = Whole("infinite"),
            Min = values.GetValueOrDefault("min") as string,
            Max = values.GetValueOrDefault("max") as string,
            MinNumber = Number("minNumber"),
            MaxNumber = Number("maxNumber"),
            Mean = Number("mean"),
            Std = Number("std"),
            Distinct = Whole("distinct"),
            Lengths = Whole("lengthMin") is { } least
                ? new LengthFigures(least, Number("lengthMean") ?? 0, Whole("lengthMax") ?? 0) : null,
            IsConstant = values.GetValueOrDefault("constant") is true,
        };

        // Sums and counts come as 128 bits.
        long? Whole(string name) => values.TryGetValue(name, out var value)
            ? value is System.Numerics.BigInteger large ? (long)large
                : Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

        double? Number(string name) => values.TryGetValue(name, out var value)
            ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
    }
}
