using System.Buffers.Binary;
using System.Text;
using DuckDB.NET.Data;
using Millrace.Tables;
using Npgsql;

namespace Millrace.Sources.Databases;

/// <summary>Rows into PostgreSQL by COPY in binary: at once where the table's columns are of the types that are sent,
/// else into a temporary table and from there with a cast that refuses what it would change.</summary>
sealed class PostgresWriter : IDatabaseWriter
{
    const string Aside = "millrace_incoming";
    const int BufferSize = 256 << 10;
    const int MostFixedBytes = 64;

    readonly ExportTarget _target;
    readonly IReadOnlyList<ExportColumn> _columns;
    readonly IReadOnlyList<string> _keys;
    readonly NpgsqlConnection _connection;
    readonly NpgsqlTransaction _transaction;
    readonly Stream _stream;
    readonly string? _insert;
    readonly CancellationToken _cancellationToken;
    byte[] _buffer = new byte[BufferSize];
    int _used;
    bool _isDone;

    public PostgresWriter(
        ExportTarget target,
        IReadOnlyList<ExportColumn> columns,
        IReadOnlyList<string> keys,
        bool replaces,
        CancellationToken cancellationToken)
    {
        _target = target;
        _columns = columns;
        _keys = keys;
        _cancellationToken = cancellationToken;
        _connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(target.Database.Connection)
        {
            Pooling = false,
            CommandTimeout = 0,
        }.ToString());
        try
        {
            (_transaction, _insert, _stream) = Try(() =>
            {
                _connection.Open();
                var transaction = _connection.BeginTransaction();
                Execute(PostgresText.Settings);
                var (schema, name) = PostgresName.Split(target.Table, target.Database.Schema);
                var table = PostgresName.Quote(schema, name);
                var insert = Prepare(table, replaces);
                var names = SqlName.QuoteAll(columns.Select(column => column.Name));
                var into = insert is null ? table : Aside;
                return (transaction, insert, (Stream)_connection.BeginRawBinaryCopy(
                    $"copy {into} ({names}) from stdin (format binary)"));
            });
            "PGCOPY\n"u8.CopyTo(_buffer);
            ((ReadOnlySpan<byte>)[0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0]).CopyTo(_buffer.AsSpan(7));
            _used = 19;
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public long ByteCount { get; private set; }

    public void Add(DuckDBDataReader row)
    {
        Reserve(2);
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_used), (short)_columns.Count);
        _used += 2;
        for (var i = 0; i < _columns.Count; i++)
        {
            Reserve(MostFixedBytes);
            if (row.IsDBNull(i))
            {
                BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_used), -1);
                _used += 4;
                continue;
            }

            Write(_columns[i], row, i);
        }
    }

    public void Commit(long rows)
    {
        Reserve(2);
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_used), -1);
        _used += 2;
        Flush();
        Try(() =>
        {
            _stream.Dispose();
            _isDone = true;
            if (_insert is not null)
            {
                using var command = Command(_insert);
                using var stop = _cancellationToken.Register(command.Cancel);
                var taken = command.ExecuteNonQuery();
                if (taken != rows && !_insert.EndsWith("nothing", StringComparison.Ordinal))
                {
                    throw new MillraceException(
                        ErrorKind.Corrupt, "export-mismatch",
                        $"{rows:N0} rows were sent to '{_target.Label}', and it took {taken:N0}.",
                        "Nothing was kept. A trigger or a rule of the table may leave rows out.");
                }
            }

            _transaction.Commit();
            return 0;
        });
    }

    public void Dispose()
    {
        if (!_isDone)
        {
            try
            {
                ((NpgsqlRawCopyStream)_stream).Cancel();
                _stream.Dispose();
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException)
            {
                // It is given up anyway, and the connection with it.
            }
        }

        _transaction.Dispose();
        _connection.Dispose();
    }

    /// <summary>Makes or checks the table.</summary>
    /// <returns>What brings the rows from the temporary table; null when they go to the table at once.</returns>
    string? Prepare(string table, bool replaces)
    {
        var there = Types(table);
        if (there.Count == 0)
        {
            var key = _keys.Count == 0 ? "" : $", primary key ({SqlName.QuoteAll(_keys)})";
            Execute($"create table {table} ({string.Join(", ", _columns.Select(column =>
                $"{SqlName.Quote(column.Name)} {column.PostgresType}"))}{key})");
            there = _columns.ToDictionary(column => column.Name, column => column.PostgresType, StringComparer.Ordinal);
        }

        foreach (var column in _columns)
        {
            if (!there.TryGetValue(column.Name, out var type))
            {
                throw Unfit($"it has no column '{column.Name}'");
            }

            if (!PostgresCast.Keeps(column.PostgresType, type))
            {
                throw Unfit(
                    $"its column '{column.Name}' is {type}, which does not keep every {column.PostgresType}");
            }
        }

        if (replaces)
        {
            Execute($"truncate {table}");
        }

        if (_keys.Count == 0 && _columns.All(column => column.ListOf is null
            && there[column.Name] == column.PostgresType))
        {
            return null;
        }

        Execute($"create temp table {Aside} ({string.Join(", ", _columns.Select(column =>
            $"{SqlName.Quote(column.Name)} {column.SentType}"))}) on commit drop");
        return Insert(table, there);
    }

    string Insert(string table, Dictionary<string, string> there)
    {
        var values = _columns.Select(column => PostgresCast.Sql(
            SqlName.Quote(column.Name), column, there[column.Name]));
        var insert = $"insert into {table} ({SqlName.QuoteAll(_columns.Select(column => column.Name))}) "
            + $"select {string.Join(", ", values)} from {Aside}";
        if (_keys.Count == 0)
        {
            return insert;
        }

        var others = _columns.Where(column => !_keys.Contains(column.Name, StringComparer.Ordinal)).Select(column =>
            $"{SqlName.Quote(column.Name)} = excluded.{SqlName.Quote(column.Name)}").ToList();
        return $"{insert} on conflict ({SqlName.QuoteAll(_keys)}) do "
            + (others.Count == 0 ? "nothing" : $"update set {string.Join(", ", others)}");
    }

    /// <summary>The types of the table's columns; none when it is not there.</summary>
    Dictionary<string, string> Types(string table)
    {
        using var command = Command(
            "select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a "
            + $"where a.attrelid = to_regclass({SqlName.Text(table)}) and a.attnum > 0 and not a.attisdropped");
        using var reader = command.ExecuteReader();
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            types[reader.GetString(0)] = reader.GetString(1);
        }

        return types;
    }

    void Write(ExportColumn column, DuckDBDataReader row, int index)
    {
        var place = _buffer.AsSpan(_used + 4);
        int size;
        switch (column.Form)
        {
            case PostgresForm.Boolean:
                place[0] = row.GetBoolean(index) ? (byte)1 : (byte)0;
                size = 1;
                break;
            case PostgresForm.Int16:
                BinaryPrimitives.WriteInt16BigEndian(place, (short)row.GetInt64(index));
                size = 2;
                break;
            case PostgresForm.Int32 or PostgresForm.Date:
                BinaryPrimitives.WriteInt32BigEndian(place, (int)row.GetInt64(index));
                size = 4;
                break;
            case PostgresForm.Int64 or PostgresForm.Time:
                BinaryPrimitives.WriteInt64BigEndian(place, row.GetInt64(index));
                size = 8;
                break;
            case PostgresForm.Float32:
                BinaryPrimitives.WriteSingleBigEndian(place, (float)row.GetDouble(index));
                size = 4;
                break;
            case PostgresForm.Float64:
                BinaryPrimitives.WriteDoubleBigEndian(place, row.GetDouble(index));
                size = 8;
                break;
            case PostgresForm.Numeric:
                size = PostgresNumber.Write(place, PostgresCast.Number(row.GetString(index)), column.Scale);
                break;
            case PostgresForm.Bytes:
                using (var stream = row.GetStream(index))
                {
                    size = checked((int)stream.Length);
                    Reserve(size + MostFixedBytes);
                    stream.ReadExactly(_buffer.AsSpan(_used + 4, size));
                }

                break;
            default:
                var text = row.GetString(index);
                if (text.Contains('\0', StringComparison.Ordinal))
                {
                    throw new MillraceException(
                        ErrorKind.Invalid, "export-value",
                        $"Column '{column.Name}' holds a text with a NUL, which PostgreSQL can't keep.",
                        "Replace it with a query first, or leave the column out with '--column'. Nothing was written.");
                }

                Reserve(Encoding.UTF8.GetMaxByteCount(text.Length) + MostFixedBytes);
                size = Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_used + 4));
                break;
        }

        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_used), size);
        _used += size + 4;
    }

    void Reserve(int size)
    {
        if (_buffer.Length - _used >= size)
        {
            return;
        }

        Flush();
        if (_buffer.Length < size)
        {
            _buffer = new byte[size];
        }
    }

    void Flush()
    {
        ByteCount += _used;
        Try(() =>
        {
            _stream.Write(_buffer, 0, _used);
            return 0;
        });
        _used = 0;
    }

    void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    NpgsqlCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    MillraceException Unfit(string what) => new(
        ErrorKind.Invalid, "export-type", $"'{_target.Label}' is there, and {what}.",
        "Name another table, leave the column out with '--column', or change the table. Nothing was written.");

    T Try<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException
            or System.Net.Sockets.SocketException)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            throw PostgresFailure.Of(_target.Database, exception);
        }
    }
}
