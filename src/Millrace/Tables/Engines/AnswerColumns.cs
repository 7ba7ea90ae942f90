using System.Text.RegularExpressions;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>The columns of an answer: ClickHouse's types as DuckDB's, and how values of types that files lack are given
/// out.</summary>
sealed partial class AnswerColumns(ClickHouseConnection connection, ServerVersion version)
{
    // DuckDB takes sixteen times as much memory to read it.
    const int MaxLineBytes = 16 * 1024 * 1024;

    static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["Bool"] = "BOOLEAN",
        ["Int8"] = "TINYINT",
        ["Int16"] = "SMALLINT",
        ["Int32"] = "INTEGER",
        ["Int64"] = "BIGINT",
        ["Int128"] = "HUGEINT",
        ["UInt8"] = "UTINYINT",
        ["UInt16"] = "USMALLINT",
        ["UInt32"] = "UINTEGER",
        ["UInt64"] = "UBIGINT",
        ["UInt128"] = "UHUGEINT",
        ["Float32"] = "FLOAT",
        ["Float64"] = "DOUBLE",
        ["String"] = "VARCHAR",
        ["Date"] = "DATE",
        ["Date32"] = "DATE",
        ["UUID"] = "UUID",
        ["Nothing"] = "INTEGER",
    };

    /// <summary>The columns of a query of the user's.</summary>
    /// <exception cref="MillraceException"><c>engine-feature</c>: a type that has no equal here.</exception>
    public async Task<IReadOnlyList<(FrameColumn Column, string ServerType)>> DescribeAsync(
        string sql, CancellationToken cancellationToken)
    {
        IEnumerable<(string Name, string Type)> columns;
        if (version >= ServerVersion.ReadsTables)
        {
            var (_, rows) = await connection.RowsAsync($"describe table ({sql}\n)", cancellationToken)
                .ConfigureAwait(false);
            columns = rows.Select(row => (row[0]!, row[1]!));
        }
        else
        {
            columns = (await connection.RowsAsync($"select * from ({sql}\n) limit 0", cancellationToken)
                .ConfigureAwait(false)).Columns;
        }

        var taken = new HashSet<string>(ColumnName.Comparer);
        return [.. columns.Select(column =>
        {
            if (!taken.Add(column.Name))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "column-twice", $"The query gives two columns the name '{column.Name}'.",
                    "Name one of them otherwise with 'as'; the case of letters does not tell names apart here.");
            }

            return (new FrameColumn(column.Name, Of(column.Type, column.Name)), column.Type);
        })];
    }

    /// <summary>A query whose values all have a form in a file.</summary>
    public static string Given(string sql, IReadOnlyList<(FrameColumn Column, string ServerType)> columns) =>
        columns.All(column => Form(column.ServerType, "c") is null) ? sql
            : $"select {string.Join(", ", columns.Select(column =>
            {
                var name = ClickHouseText.Name(column.Column.Name);
                return $"{Form(column.ServerType, name) ?? name} as {name}";
            }))} from ({sql}\n)";

    /// <summary>A query of DuckDB's that reads an answer's file.</summary>
    public static string Read(string file, IReadOnlyList<FrameColumn> columns, bool isParquet)
    {
        var path = SqlName.Text(file);
        if (!isParquet)
        {
            var types = string.Join(", ", columns.Select((column, i) => $"'c{i}': 'VARCHAR'"));
            var values = columns.Select(
                (column, i) => $"{Value($"c{i}", column.SqlType)} as {SqlName.Quote(column.Name)}");
            return $"select {string.Join(", ", values)} from read_csv({path}, columns = {{{types}}}, header = false, "
                + "auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '\\N', "
                + $"allow_quoted_nulls = false, max_line_size = {MaxLineBytes}, parallel = false)";
        }

        return $"select {string.Join(", ", columns.Select(
            column => $"{Value(SqlName.Quote(column.Name), column.SqlType)} as {SqlName.Quote(column.Name)}"))} "
            + $"from read_parquet({path}, hive_partitioning = false)";

        static string Value(string value, string type) =>
            type == "BLOB" ? $"from_hex({value})" : $"cast({value} as {type})";
    }

    /// <summary>The type that DuckDB has for one of ClickHouse.</summary>
    static string Of(string type, string column)
    {
        var inner = Unwrapped(type);
        if (Names.TryGetValue(inner, out var name))
            return name;
        if (inner.StartsWith("DateTime", StringComparison.Ordinal))
            return ScaleOf(inner) > 6 ? throw Unknown() : "TIMESTAMP WITH TIME ZONE";
        if (inner.StartsWith("Decimal(", StringComparison.Ordinal)
            && ColumnTypes.Parts(inner[8..^1]) is [var digits, var scale] && int.Parse(
                digits, System.Globalization.CultureInfo.InvariantCulture) <= Delta.DecimalType.MaxPrecision)
            return $"DECIMAL({digits},{scale})";
        if (IsText(inner))
            return "VARCHAR";
        if (inner.StartsWith("Array(", StringComparison.Ordinal))
            return Of(Part(inner[6..^1]), column) + "[]";
        if (inner.StartsWith("Map(", StringComparison.Ordinal)
            && ColumnTypes.Parts(inner[4..^1]) is [var key, var value])
            return $"MAP({Of(Part(key), column)}, {Of(Part(value), column)})";
        if (inner.StartsWith("Tuple(", StringComparison.Ordinal))
        {
            var fields = ColumnTypes.Parts(inner[6..^1]).Select((part, i) =>
                Field().Match(part) is { Success: true } match
                    ? (match.Groups[1].Value.Trim('`'), match.Groups[2].Value) : ($"{i + 1}", part));
            return $"STRUCT({string.Join(", ", fields.Select(
                field => $"{SqlName.Quote(field.Item1)} {Of(Part(field.Item2), column)}"))})";
        }

        throw Unknown();

        // Within a list or struct there is no other form.
        string Part(string part) => Form(part, "c") is null ? part : throw Unknown();

        MillraceException Unknown() => EngineFault.Feature(
            $"the type {type} of column '{column}'", $"Cast it in the query, for instance toString({column}).");
    }

    static bool IsText(string type) => type is "IPv4" or "IPv6" or "Int256" or "UInt256"
        || type.StartsWith("Enum", StringComparison.Ordinal)
        || type.StartsWith("FixedString(", StringComparison.Ordinal);

    /// <summary>A value in a form that files have; null when it has one by itself.</summary>
    static string? Form(string type, string value)
    {
        var inner = Unwrapped(type);
        return inner is "Int128" or "UInt128" or "UUID" || IsText(inner) ? $"toString({value})"
            : inner == "Date" ? $"toDate32({value})"
            : inner == "Nothing" ? $"CAST({value}, 'Nullable(Int32)')"
            : inner.StartsWith("DateTime", StringComparison.Ordinal) && inner != ClickHouseType.Time
                ? $"toDateTime64({value}, 6, 'UTC')"
            : type.StartsWith("LowCardinality", StringComparison.Ordinal) ? $"CAST({value}, '{inner}')" : null;
    }

    static string Unwrapped(string type)
    {
        foreach (var wrapper in (string[])["LowCardinality(", "Nullable("])
        {
            if (type.StartsWith(wrapper, StringComparison.Ordinal))
                return Unwrapped(type[wrapper.Length..^1]);
        }

        return type.Replace("\n", "", StringComparison.Ordinal).Trim();
    }

    static int ScaleOf(string type) =>
        Scale().Match(type) is { Success: true } match ? match.Groups[1].Value[0] - '0' : 0;

    [GeneratedRegex(@"^DateTime64\(([0-9])")]
    private static partial Regex Scale();

    [GeneratedRegex(@"^\s*(`[^`]+`|[A-Za-z_][A-Za-z0-9_]*) (.+)\z", RegexOptions.Singleline)]
    private static partial Regex Field();
}
