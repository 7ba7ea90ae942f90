using System.Data.Common;
using System.Globalization;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>Carries rows of an ADO.NET reader into a session, each value checked against its column's type.</summary>
static class SourceRows
{
    const int ReportEvery = 10_000;

    /// <summary>Loads all rows into a temporary table.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="MillraceException"><c>source-value</c>, naming the row's key and the column.</exception>
    public static long Load(
        DbDataReader reader,
        SqlSession session,
        string table,
        ExtractSettings settings,
        TaskContext context,
        CancellationToken cancellationToken)
    {
        var keyIndex = settings.Columns.ToList().IndexOf(settings.Key);
        var schema = new RowSchema<object?[]>();
        for (var i = 0; i < settings.Columns.Count; i++)
        {
            var index = i;
            var name = settings.Columns[i];
            _ = Type(reader, i, name == settings.Cursor) switch
            {
                "long" => schema.Int64(name, row => (long?)row[index]),
                "double" => schema.Double(name, row => (double?)row[index]),
                "timestamp" => schema.Time(name, row => (DateTimeOffset?)row[index]),
                "boolean" => schema.Boolean(name, row => (bool?)row[index]),
                _ => schema.Text(name, row => (string?)row[index]),
            };
        }

        var types = schema.Schema.Columns.Select(column => column.Type).ToList();
        var count = 0L;
        schema.Load(session, table, Rows());
        return count;

        IEnumerable<object?[]> Rows()
        {
            while (reader.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var row = new object?[types.Count];
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = Value(reader, i, types[i], settings, keyIndex);
                }

                if (++count % ReportEvery == 0)
                {
                    context.Report(count, 0, "rows");
                }

                yield return row;
            }
        }
    }

    static string Type(DbDataReader reader, int index, bool isCursor)
    {
        var declared = reader.GetDataTypeName(index).ToLowerInvariant();
        var isTime = declared is "datetime" || declared.StartsWith("timestamp", StringComparison.Ordinal);
        return isCursor || isTime ? "timestamp"
            : declared is "boolean" or "bool" ? "boolean"
            : declared.Contains("int", StringComparison.Ordinal) ? "long"
            : declared is "real" or "double precision" or "double" or "float"
                || declared.StartsWith("numeric", StringComparison.Ordinal)
                ? "double"
                : "string";
    }

    static object? Value(DbDataReader reader, int index, string type, ExtractSettings settings, int keyIndex)
    {
        var value = reader.GetValue(index);
        if (value is DBNull)
        {
            return index == keyIndex || settings.Columns[index] == settings.Cursor
                ? throw Wrong(reader, keyIndex, settings.Columns[index], value, type, settings) : null;
        }

        try
        {
            return type switch
            {
                "long" => value is string or double ? throw new FormatException() : Convert.ToInt64(value),
                "double" => value is string ? throw new FormatException() : Convert.ToDouble(value),
                "boolean" => Convert.ToBoolean(value),
                "timestamp" => value switch
                {
                    DateTime time => new DateTimeOffset(time.Kind == DateTimeKind.Unspecified
                        ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime()),
                    string text => DateTimeOffset.Parse(
                        text, CultureInfo.InvariantCulture,
                        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                    _ => throw new FormatException(),
                },
                // Bytes and lists have no text of their own, only the name of their type.
                // A NUL would end the text in the table.
                _ => (value is string text && !text.Contains('\0')) || value is IFormattable or bool
                    ? Convert.ToString(value, CultureInfo.InvariantCulture) : throw new FormatException(),
            };
        }
        catch (Exception exception) when (exception is FormatException or InvalidCastException or OverflowException)
        {
            throw Wrong(reader, keyIndex, settings.Columns[index], value, type, settings);
        }
    }

    public static MillraceException Wrong(
        DbDataReader reader, int keyIndex, string column, object value, string type, ExtractSettings settings) => new(
        ErrorKind.Invalid, "source-value",
        $"Column '{column}' of the row of '{settings.Table}' in '{settings.Database.Name}' with "
        + $"{settings.Key} = {reader.GetValue(keyIndex)} is {Shown(value)}, which is no {type}.",
        "Correct the row in the source, then run the same command again. Nothing was loaded.");

    static string Shown(object value) => value switch
    {
        DBNull => "empty",
        byte[] bytes => $"{bytes.Length} bytes",
        _ => $"'{value}'",
    };
}
