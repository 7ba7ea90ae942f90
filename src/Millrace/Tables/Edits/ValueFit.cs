namespace Millrace.Tables.Edits;

/// <summary>Names the column that a value does not fit into: DuckDB names only the value.</summary>
static class ValueFit
{
    const int LongestMessage = 400;

    /// <summary>Does something that casts values; when a cast fails, tries the columns one by one.</summary>
    /// <param name="scope">The change.</param>
    /// <param name="columns">The columns that values are cast for.</param>
    /// <param name="work">What is to be done.</param>
    /// <param name="probe">Casts the values of one column alone, by its number.</param>
    /// <exception cref="MillraceException"><c>value-unfit</c>, and what the work throws.</exception>
    public static T Check<T>(
        EditScope scope, IReadOnlyList<(TableColumn Column, string Sql)> columns, Func<T> work,
        Func<int, bool> probe)
    {
        try
        {
            return work();
        }
        catch (MillraceException exception) when (IsCast(exception))
        {
            for (var i = 0; i < columns.Count; i++)
            {
                if (Fails(probe, i) is { } reason)
                {
                    var column = columns[i].Column;
                    throw new MillraceException(
                        ErrorKind.Invalid, "value-unfit",
                        $"A value for column '{column.Name}' ({column.Type}) of table '{scope.Name}' does not fit: "
                        + reason,
                        "Correct it, or cast it in the query, for instance with try_cast; nothing was written.",
                        exception);
                }
            }

            throw;
        }
    }

    static string? Fails(Func<int, bool> probe, int number)
    {
        try
        {
            probe(number);
            return null;
        }
        catch (MillraceException exception) when (IsCast(exception))
        {
            var end = exception.Message.IndexOf('\n', StringComparison.Ordinal);
            var line = end < 0 ? exception.Message : exception.Message[..end];
            return line.Length <= LongestMessage ? line : line[..LongestMessage] + "…";
        }
    }

    static bool IsCast(MillraceException exception) => exception.Code == "sql-failed"
        && (exception.Message.StartsWith("Conversion Error", StringComparison.Ordinal)
            || exception.Message.StartsWith("Invalid Input Error", StringComparison.Ordinal)
            || exception.Message.Contains("Unimplemented type for cast", StringComparison.Ordinal)
            || exception.Message.StartsWith("Out of Range Error", StringComparison.Ordinal)
            || exception.Message.Contains("annot cast", StringComparison.Ordinal));
}
