using Apache.Arrow;

namespace Millrace.Tables.Frames;

/// <summary>One row while it is read. It moves to the next row when the function that got it returns, so nothing of it
/// may be kept but the values.</summary>
public sealed class RowReader
{
    readonly Dictionary<string, int> _indices = new(ColumnName.Comparer);
    readonly List<string> _names = [];
    ColumnReader[] _columns = [];
    int _row;

    internal RowReader(Schema schema)
    {
        foreach (var field in schema.FieldsList)
        {
            _indices.TryAdd(field.Name, _names.Count);
            _names.Add(field.Name);
        }
    }

    /// <summary>The columns' names, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Where a column is, from 0; a loop over many rows asks once.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>.</exception>
    public int IndexOf(string column) => _indices.TryGetValue(column, out var index)
        ? index : throw ColumnName.Unknown("The row", column, _names);

    public bool IsNull(int index) => _columns[index].IsNull(_row);

    public bool IsNull(string column) => IsNull(IndexOf(column));

    /// <exception cref="MillraceException"><c>value-null</c>, <c>value-kind</c>, <c>value-too-large</c>.</exception>
    public long Int64(int index) => Get(index, static (column, row) => column.Int64(row));

    /// <inheritdoc cref="Int64(int)"/>
    public long Int64(string column) => Int64(IndexOf(column));

    public long? Int64OrNull(int index) => IsNull(index) ? null : Int64(index);

    public long? Int64OrNull(string column) => Int64OrNull(IndexOf(column));

    /// <summary>A number of any kind, as one of double precision.</summary>
    public double Double(int index) => Get(index, static (column, row) => column.Double(row));

    /// <inheritdoc cref="Double(int)"/>
    public double Double(string column) => Double(IndexOf(column));

    public double? DoubleOrNull(int index) => IsNull(index) ? null : Double(index);

    public double? DoubleOrNull(string column) => DoubleOrNull(IndexOf(column));

    public decimal Decimal(int index) => Get(index, static (column, row) => column.Decimal(row));

    public decimal Decimal(string column) => Decimal(IndexOf(column));

    public decimal? DecimalOrNull(string column) => IsNull(column) ? null : Decimal(column);

    public bool Boolean(int index) => Get(index, static (column, row) => column.Boolean(row));

    public bool Boolean(string column) => Boolean(IndexOf(column));

    public bool? BooleanOrNull(string column) => IsNull(column) ? null : Boolean(column);

    public string Text(int index) => Get(index, static (column, row) => column.Text(row));

    public string Text(string column) => Text(IndexOf(column));

    public string? TextOrNull(int index) => IsNull(index) ? null : Text(index);

    public string? TextOrNull(string column) => TextOrNull(IndexOf(column));

    /// <summary>A time or a day; one without a zone is taken as UTC.</summary>
    public DateTimeOffset Time(int index) => Get(index, static (column, row) => column.Time(row));

    /// <inheritdoc cref="Time(int)"/>
    public DateTimeOffset Time(string column) => Time(IndexOf(column));

    public DateTimeOffset? TimeOrNull(string column) => IsNull(column) ? null : Time(column);

    /// <summary>A copy.</summary>
    public byte[] Bytes(int index) => Get(index, static (column, row) => column.Bytes(row));

    /// <inheritdoc cref="Bytes(int)"/>
    public byte[] Bytes(string column) => Bytes(IndexOf(column));

    /// <summary>A copy of a list of numbers; null in it becomes NaN.</summary>
    public float[] Floats(int index) => Get(index, static (column, row) => column.Floats(row));

    /// <inheritdoc cref="Floats(int)"/>
    public float[] Floats(string column) => Floats(IndexOf(column));

    /// <summary>As .NET has it: a number, text, bool, <see cref="DateTime"/> or <see cref="DateTimeOffset"/>,
    /// <see cref="DateOnly"/>, byte array, array of objects or dictionary; null for null.</summary>
    public object? Value(int index) =>
        IsNull(index) ? null : Get(index, static (column, row) => column.Value(row));

    /// <inheritdoc cref="Value(int)"/>
    public object? Value(string column) => Value(IndexOf(column));

    internal void Attach(RecordBatch batch) =>
        _columns = [.. Enumerable.Range(0, batch.ColumnCount).Select(i => ColumnReader.Of(batch.Column(i)))];

    internal void MoveTo(int row) => _row = row;

    T Get<T>(int index, Func<ColumnReader, int, T> read)
    {
        var column = _columns[index];
        if (column.IsNull(_row))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "value-null", $"Column '{_names[index]}' is null in a row that is read.",
                "Ask with IsNull or one of the getters that end in OrNull, or fill or drop nulls in the frame.");
        }

        try
        {
            return read(column, _row);
        }
        catch (Exception exception) when (exception is OverflowException or ArgumentOutOfRangeException)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "value-too-large",
                $"A value of column '{_names[index]}' is beyond what .NET's type can hold.",
                "Ask for another type, or Cast the column in the frame.", exception);
        }
        catch (MillraceException exception) when (exception.Code == "value-kind")
        {
            throw new MillraceException(
                exception.Kind, exception.Code, $"Column '{_names[index]}': {exception.Message}", exception.Hint);
        }
    }
}
