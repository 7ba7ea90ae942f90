using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Sources.Databases;

/// <summary>A statement of SQLite that was parsed. For one thread.</summary>
sealed unsafe class SqliteStatement : IDisposable
{
    readonly SqliteFile _file;
    nint _statement;

    /// <param name="file">Where it runs.</param>
    /// <param name="sql">One statement.</param>
    /// <exception cref="MillraceException"><c>source-failed</c>: it can't be parsed, or is more than one.</exception>
    public SqliteStatement(SqliteFile file, string sql)
    {
        _file = file;
        var bytes = Encoding.UTF8.GetBytes(sql);
        fixed (byte* text = bytes)
        {
            file.Check(SqliteLibrary.sqlite3_prepare_v2(
                file.Handle, text, bytes.Length, out _statement, out var rest));
            if (_statement == 0 || new ReadOnlySpan<byte>(rest, (int)(text + bytes.Length - rest)).ContainsAnyExcept(
                " \t\r\n;"u8))
            {
                Dispose();
                throw file.Failed("a query was expected, and only one");
            }
        }

        ColumnCount = SqliteLibrary.sqlite3_column_count(_statement);
    }

    public int ColumnCount { get; }

    public bool IsReadOnly => SqliteLibrary.sqlite3_stmt_readonly(_statement) != 0;

    public string Name(int column) =>
        Marshal.PtrToStringUTF8((nint)SqliteLibrary.sqlite3_column_name(_statement, column))!;

    /// <summary>What the column is declared as; empty when nothing is said.</summary>
    public string Declared(int column) =>
        Marshal.PtrToStringUTF8((nint)SqliteLibrary.sqlite3_column_decltype(_statement, column)) ?? "";

    /// <summary>Goes to the next row.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="MillraceException"><c>source-unavailable</c>, <c>source-damaged</c>.</exception>
    public bool Step()
    {
        var state = SqliteLibrary.sqlite3_step(_statement);
        if (state is not (SqliteLibrary.Row or SqliteLibrary.Done))
        {
            _file.Check(state);
        }

        return state == SqliteLibrary.Row;
    }

    /// <summary>Lets the statement begin anew; what its last step met was told by that step.</summary>
    public void Reset() => _ = SqliteLibrary.sqlite3_reset(_statement);

    /// <summary>The value's own type, one of those of <see cref="SqliteLibrary"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Type(int column) => SqliteLibrary.sqlite3_column_type(_statement, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Long(int column) => SqliteLibrary.sqlite3_column_int64(_statement, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Double(int column) => SqliteLibrary.sqlite3_column_double(_statement, column);

    /// <summary>The UTF-8 of a text, until the next step; nobody promises that it is right.</summary>
    public ReadOnlySpan<byte> Text(int column)
    {
        var bytes = SqliteLibrary.sqlite3_column_text(_statement, column);
        return new ReadOnlySpan<byte>(bytes, SqliteLibrary.sqlite3_column_bytes(_statement, column));
    }

    /// <summary>The bytes of a blob, until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column)
    {
        var bytes = SqliteLibrary.sqlite3_column_blob(_statement, column);
        return new ReadOnlySpan<byte>(bytes, SqliteLibrary.sqlite3_column_bytes(_statement, column));
    }

    /// <param name="number">From 1.</param>
    /// <param name="value">A long, a double, a text, bytes, or null.</param>
    public void Bind(int number, object? value)
    {
        switch (value)
        {
            case null:
                _file.Check(SqliteLibrary.sqlite3_bind_null(_statement, number));
                break;
            case long whole:
                Bind(number, whole);
                break;
            case double real:
                Bind(number, real);
                break;
            case string text:
                BindText(number, Encoding.UTF8.GetBytes(text));
                break;
            case byte[] bytes:
                BindBlob(number, bytes);
                break;
            default:
                throw new ArgumentException($"SQLite has no type for {value.GetType().Name}.", nameof(value));
        }
    }

    public void Bind(int number, long value) =>
        _file.Check(SqliteLibrary.sqlite3_bind_int64(_statement, number, value));

    public void Bind(int number, double value) =>
        _file.Check(SqliteLibrary.sqlite3_bind_double(_statement, number, value));

    public void BindText(int number, ReadOnlySpan<byte> text)
    {
        fixed (byte* bytes = text)
        {
            // An empty text has no place of its own, and none at all would be null.
            var nothing = (byte)0;
            _file.Check(SqliteLibrary.sqlite3_bind_text(
                _statement, number, bytes is null ? &nothing : bytes, text.Length, SqliteLibrary.Transient));
        }
    }

    public void BindBlob(int number, ReadOnlySpan<byte> blob)
    {
        fixed (byte* bytes = blob)
        {
            _file.Check(bytes is null
                ? SqliteLibrary.sqlite3_bind_zeroblob(_statement, number, 0)
                : SqliteLibrary.sqlite3_bind_blob(
                    _statement, number, bytes, blob.Length, SqliteLibrary.Transient));
        }
    }

    public void Dispose()
    {
        _ = SqliteLibrary.sqlite3_finalize(_statement);
        _statement = 0;
    }
}
