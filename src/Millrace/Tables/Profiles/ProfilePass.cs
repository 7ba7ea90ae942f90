using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Asks all rows at once for what can be said of each column without keeping its values.</summary>
/// <remarks>The processor is the limit, so nothing is asked that is known: bounds that the log or the footers have, and
/// the distinct values of columns of which the sample met each value several times. Mean and deviation come from sums
/// of the distances to a middle, which lose no digits as sums of the values would, and cost a third of a running
/// variance. Distinct values are counted among those with a small hash (Bar-Yossef and others, "Counting distinct
/// elements in a data stream", 2002, the second way), which is both nearer and cheaper than DuckDB's
/// estimate.</remarks>
static class ProfilePass
{
    // Of one query; a column has up to ten figures.
    const int ColumnsPerQuery = 100;
    const int MaxTextShown = 64;
    const double HashesPerColumn = 400_000;
    const double HashesPerPass = 4_000_000;

    /// <param name="session">Where the rows are.</param>
    /// <param name="requests">A figure is given for each.</param>
    /// <param name="rowCount">All rows.</param>
    /// <param name="cancellationToken">Interrupts the queries.</param>
    public static List<PassFigures> Read(
        SqlSession session, IReadOnlyList<PassRequest> requests, long rowCount, CancellationToken cancellationToken)
    {
        var hashes = Math.Min(
            HashesPerColumn, HashesPerPass / Math.Max(1, requests.Count(request => request.CountsDistinct)));
        var share = Math.Min(1, hashes / Math.Max(1, rowCount));
        var figures = new List<PassFigures>();
        foreach (var some in requests.Chunk(ColumnsPerQuery))
        {
            var found = Read(
                session, some, request => Fields(request, request.Column.Sql, share), share, cancellationToken);
            // Only now it is known which columns have values that are no numbers.
            var odd = Enumerable.Range(0, some.Length)
                .Where(i => some[i].Column.IsFloat && found[i].Finite < found[i].Present).ToList();
            if (odd.Count > 0)
            {
                var again = Read(
                    session, [.. odd.Select(i => some[i])], FieldsOfFinite, share, cancellationToken);
                foreach (var (i, finite) in odd.Zip(again))
                    found[i] = finite with { Present = found[i].Present, Distinct = found[i].Distinct };
            }

            figures.AddRange(found);
        }

        return figures;
    }

    static List<PassFigures> Read(
        SqlSession session, PassRequest[] requests, Func<PassRequest, IEnumerable<(string Name, string Sql)>> ask,
        double share, CancellationToken cancellationToken)
    {
        var fields = requests.SelectMany((request, index) =>
            ask(request).Select(field => (Index: index, field.Name, field.Sql))).ToList();
        return session.Query(
            $"select {string.Join(", ", fields.Select(field => field.Sql))} from {ProfileSample.Rows}", [],
            reader =>
            {
                reader.Read();
                var values = requests.Select(_ => new Dictionary<string, object>(StringComparer.Ordinal)).ToList();
                for (var i = 0; i < fields.Count; i++)
                {
                    if (!reader.IsDBNull(i))
                        values[fields[i].Index][fields[i].Name] = reader.GetValue(i);
                }

                return values.Zip(requests, (found, request) => Figures(found, request, share)).ToList();
            },
            cancellationToken);
    }

    static IEnumerable<(string Name, string Sql)> Fields(PassRequest request, string value, double share)
    {
        yield return ("present", $"count({value})");
        if (request.CountsDistinct)
        {
            var small = share >= 1 ? "" : string.Create(
                CultureInfo.InvariantCulture, $" and hash({value}) <= {(ulong)(ulong.MaxValue * share)}::ubigint");
            yield return ("distinct", $"count(distinct hash({value})) filter (where {value} is not null{small})");
        }

        if (request.Column.IsFloat)
            yield return ("finite", $"count_if(isfinite({value}))");
        foreach (var field in request.Column.Kind switch
        {
            ColumnKind.Number => OfNumber(request, value),
            ColumnKind.Time => OfTime(request.Column),
            ColumnKind.Boolean => [("mean", $"avg(cast({value} as integer))"), .. Bounds(value)],
            ColumnKind.Text => OfText(request),
            ColumnKind.Bytes => OfLength($"octet_length({value})"),
            _ => request.Column.IsList ? OfLength($"len({value})") : [],
        })
        {
            yield return field;
        }
    }

    static IEnumerable<(string Name, string Sql)> FieldsOfFinite(PassRequest request)
    {
        var value = request.Column.Sql;
        yield return ("nan", $"count_if(isnan({value}))");
        yield return ("infinite", $"count_if(isinf({value}))");
        var finite = $"case when isfinite({value}) then {value} end";
        foreach (var field in OfNumber(request.WithoutBounds(), finite))
            yield return field;
    }

    static IEnumerable<(string Name, string Sql)> OfNumber(PassRequest request, string value)
    {
        if (!request.AreBoundsKnown)
        {
            foreach (var field in Bounds(value))
                yield return field;
            yield return ("minNumber", $"cast(min({value}) as double)");
            yield return ("maxNumber", $"cast(max({value}) as double)");
        }

        var middle = request.Middle.ToString("R", CultureInfo.InvariantCulture);
        var distance = $"(cast({value} as double) - {middle}::double)";
        yield return ("numbers", $"count({value})");
        yield return ("distances", $"sum({distance})");
        yield return ("squares", $"sum({distance} * {distance})");
    }

    static IEnumerable<(string Name, string Sql)> OfTime(ProfiledColumn column)
    {
        foreach (var field in Bounds(column.Sql))
            yield return field;
        yield return ("minNumber", $"cast({column.MicrosecondsSql($"min({column.Sql})")} as double)");
        yield return ("maxNumber", $"cast({column.MicrosecondsSql($"max({column.Sql})")} as double)");
    }

    static IEnumerable<(string Name, string Sql)> OfText(PassRequest request)
    {
        var text = request.Column.TextSql;
        if (!request.AreBoundsKnown)
        {
            yield return ("min", $"left(min({text}), {MaxTextShown})");
            yield return ("max", $"left(max({text}), {MaxTextShown})");
            yield return ("constant", $"min({text}) = max({text})");
        }

        foreach (var field in OfLength($"length({text})"))
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

    static PassFigures Figures(Dictionary<string, object> values, PassRequest request, double share)
    {
        var (count, distances) = (Number("numbers") ?? 0, Number("distances"));
        var variance = (Number("squares") - (distances * distances / count)) / (count - 1);
        var isKnown = request.AreBoundsKnown && !values.ContainsKey("min");
        var known = isKnown ? request.Known : null;
        return new PassFigures
        {
            Present = Whole("present") ?? 0,
            Finite = Whole("finite"),
            Nan = Whole("nan") ?? (request.Column.IsFloat ? 0 : null),
            Infinite = Whole("infinite") ?? (request.Column.IsFloat ? 0 : null),
            Min = known?.Min ?? values.GetValueOrDefault("min") as string,
            Max = known?.Max ?? values.GetValueOrDefault("max") as string,
            MinNumber = Number("minNumber") ?? Parsed(known?.Min),
            MaxNumber = Number("maxNumber") ?? Parsed(known?.Max),
            Mean = Number("mean") ?? Finite(request.Middle + (distances / count)),
            Std = Finite(Math.Sqrt(Math.Max(0, variance ?? double.NaN))),
            Distinct = Whole("distinct") is { } hashes ? (long)Math.Round(hashes / share) : null,
            IsDistinctExact = share >= 1 && request.CountsDistinct,
            Lengths = Whole("lengthMin") is { } least
                ? new LengthFigures(least, Number("lengthMean") ?? 0, Whole("lengthMax") ?? 0) : null,
            IsConstant = isKnown ? request.Known.Min == request.Known.Max
                : values.GetValueOrDefault("constant") is true,
        };

        // A sum or square that no double holds.
        static double? Finite(double? number) => number is { } finite && double.IsFinite(finite) ? finite : null;

        double? Parsed(string? text) => request.Column.Kind == ColumnKind.Number
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

        // Sums and counts come as 128 bits.
        long? Whole(string name) => values.TryGetValue(name, out var value)
            ? value is System.Numerics.BigInteger large ? (long)large
                : Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

        double? Number(string name) => values.TryGetValue(name, out var value)
            ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
    }
}
