using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>SQL with tables and values put in by interpolation: <c>$"select … from {events} where time &lt;
/// {cutoff}"</c>. A table becomes its name and an edge of the graph; a value becomes a literal.</summary>
[InterpolatedStringHandler]
public sealed class SqlText
{
    readonly StringBuilder _text;
    readonly List<TaskOutput> _inputs = [];

    public SqlText(int literalLength, int formattedCount) =>
        _text = new StringBuilder(literalLength + (formattedCount * 16));

    /// <summary>The tables that it reads, each once, in the order of their first mention.</summary>
    internal IReadOnlyList<TaskOutput> Inputs => _inputs;

    public void AppendLiteral(string text) => _text.Append(text);

    /// <summary>Reads another task's table.</summary>
    public void AppendFormatted(TaskOutput table)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (table.Kind != "table")
        {
            throw new ArgumentException(
                $"'{table.Kind}:{table.Name}' is not a table, so SQL can't read it.", nameof(table));
        }

        if (!_inputs.Contains(table))
        {
            _inputs.Add(table);
        }

        _text.Append(SqlName.Quote(table.Name));
    }

    public void AppendFormatted(SqlText part)
    {
        ArgumentNullException.ThrowIfNull(part);
        _text.Append(part._text);
        _inputs.AddRange(part._inputs.Where(input => !_inputs.Contains(input)));
    }

    public void AppendFormatted(string value) => _text.Append(SqlName.Text(value));

    public void AppendFormatted(long value) => _text.Append(value.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(double value) =>
        _text.Append(CultureInfo.InvariantCulture, $"cast('{value:R}' as double)");

    public void AppendFormatted(DateOnly value) =>
        _text.Append(CultureInfo.InvariantCulture, $"date '{value:yyyy-MM-dd}'");

    /// <summary>A moment; without a zone it is UTC.</summary>
    public void AppendFormatted(DateTime value) => AppendFormatted(
        new DateTimeOffset(DateTime.SpecifyKind(value, DateTimeKind.Unspecified), TimeSpan.Zero));

    public void AppendFormatted(DateTimeOffset value) =>
        _text.Append(CultureInfo.InvariantCulture, $"timestamptz '{value.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}+00'");

    public override string ToString() => _text.ToString();
}
