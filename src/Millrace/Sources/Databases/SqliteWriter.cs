using System.Text;
using DuckDB.NET.Data;
using Millrace.Catalog;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>Rows into SQLite, by one statement that is prepared once.</summary>
sealed class SqliteWriter : IDatabaseWriter
{
    readonly ExportTarget _target;
    readonly IReadOnlyList<ExportColumn> _columns;
    readonly SqliteFile _file;
    readonly SqliteStatement _insert;
    readonly CancellationTokenRegistration _interrupt;
    readonly bool _isNew;
    bool _isCommitted;

    public SqliteWriter(
        ExportTarget target,
        IReadOnlyList<ExportColumn> columns,
        IReadOnlyList<string> keys,
        bool replaces,
        CancellationToken cancellationToken)
    {
        _target = target;
        _columns = columns;
        var path = target.Database.SqlitePath!;
        _isNew = !File.Exists(path);
        _file = SqliteFile.OpenToWrite(path);
        _interrupt = cancellationToken.Register(_file.Interrupt);
        try
        {
            _file.Execute("begin immediate");
            Create(keys);
            if (replaces)
            {
                _file.Execute($"delete from {target.SqliteName}");
            }

            _insert = new SqliteStatement(_file, Insert(keys));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long ByteCount { get; private set; }

    public void Add(DuckDBDataReader row)
    {
        for (var i = 0; i < _columns.Count; i++)
        {
            if (row.IsDBNull(i))
            {
                _insert.Bind(i + 1, null);
                continue;
            }

            Bind(i, row);
        }

        while (_insert.Step())
        {
            // It gives no rows.
        }

        _insert.Reset();
    }

    public void Commit(long rows)
    {
        _file.Execute("commit");
        _isCommitted = true;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _insert?.Dispose();
        // Closing takes back what was not committed.
        _file.Dispose();
        if (_isNew && !_isCommitted)
        {
            var path = _target.Database.SqlitePath!;
            File.Delete(path);
            File.Delete(path + "-journal");
        }
        else if (_isNew)
        {
            DurableFile.SyncFolder(DurableFile.FolderOf(Path.GetFullPath(_target.Database.SqlitePath!)));
        }
    }

    void Bind(int index, DuckDBDataReader row)
    {
        switch (_columns[index].Form)
        {
            case PostgresForm.Int16 or PostgresForm.Int32 or PostgresForm.Int64:
                ByteCount += sizeof(long);
                _insert.Bind(index + 1, row.GetInt64(index));
                break;
            case PostgresForm.Float32 or PostgresForm.Float64:
                var value = row.GetDouble(index);
                if (double.IsNaN(value))
                {
                    throw new MillraceException(
                        ErrorKind.Invalid, "export-value",
                        $"Column '{_columns[index].Name}' holds NaN, which SQLite keeps as no value.",
                        "Replace it with a query first, or leave the column out with '--column'. Nothing was written.");
                }

                ByteCount += sizeof(double);
                _insert.Bind(index + 1, value);
                break;
            case PostgresForm.Bytes:
                using (var stream = row.GetStream(index))
                {
                    var bytes = new byte[stream.Length];
                    stream.ReadExactly(bytes);
                    ByteCount += bytes.Length;
                    _insert.BindBlob(index + 1, bytes);
                }

                break;
            default:
                var text = Encoding.UTF8.GetBytes(row.GetString(index));
                ByteCount += text.Length;
                _insert.BindText(index + 1, text);
                break;
        }
    }

    void Create(IReadOnlyList<string> keys)
    {
        var there = Affinities();
        if (there.Count == 0)
        {
            var columns = string.Join(", ", _columns.Select(column =>
                $"{SqlName.Quote(column.Name)} {column.SqliteType}"));
            var key = keys.Count == 0 ? "" : $", primary key ({SqlName.QuoteAll(keys)})";
            _file.Execute($"create table {_target.SqliteName} ({columns}{key})");
            return;
        }

        foreach (var column in _columns)
        {
            if (!there.TryGetValue(column.Name, out var declared))
            {
                throw Unfit($"it has no column '{column.Name}'");
            }

            if (!Keeps(declared, column.SqliteType))
            {
                throw Unfit($"its column '{column.Name}' is declared '{declared}', which would change values of "
                    + $"{column.SqliteType}");
            }
        }
    }

    /// <summary>What the columns of the table are declared as; none when there is no table.</summary>
    Dictionary<string, string> Affinities()
    {
        using var statement = new SqliteStatement(
            _file, "select name, type from pragma_table_info(?1)");
        statement.Bind(1, _target.Table);
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (statement.Step())
        {
            found[Encoding.UTF8.GetString(statement.Text(0))] = Encoding.UTF8.GetString(statement.Text(1));
        }

        return found;
    }

    /// <summary>Whether a column keeps values as they are. SQLite, "Determination Of Column Affinity".</summary>
    static bool Keeps(string declared, string type)
    {
        var upper = declared.ToUpperInvariant();
        var affinity = upper.Contains("INT", StringComparison.Ordinal) ? "INTEGER"
            : upper.Contains("CHAR", StringComparison.Ordinal) || upper.Contains("CLOB", StringComparison.Ordinal)
                || upper.Contains("TEXT", StringComparison.Ordinal) ? "TEXT"
            : upper.Length == 0 || upper is "ANY" || upper.Contains("BLOB", StringComparison.Ordinal) ? "BLOB"
            : upper.Contains("REAL", StringComparison.Ordinal) || upper.Contains("FLOA", StringComparison.Ordinal)
                || upper.Contains("DOUB", StringComparison.Ordinal) ? "REAL"
            : "NUMERIC";
        // Bytes are kept anywhere; a number becomes a text in a column of texts, and a text a number in one of numbers.
        return affinity == type || affinity == "BLOB" || type == "BLOB"
            || (affinity == "NUMERIC" && type == "INTEGER");
    }

    string Insert(IReadOnlyList<string> keys)
    {
        var names = SqlName.QuoteAll(_columns.Select(column => column.Name));
        var insert = $"insert into {_target.SqliteName} ({names}) values "
            + $"({string.Join(", ", _columns.Select((_, i) => $"?{i + 1}"))})";
        if (keys.Count == 0)
        {
            return insert;
        }

        var others = _columns.Where(column => !keys.Contains(column.Name, StringComparer.Ordinal)).Select(column =>
            $"{SqlName.Quote(column.Name)} = excluded.{SqlName.Quote(column.Name)}").ToList();
        return $"{insert} on conflict ({SqlName.QuoteAll(keys)}) do "
            + (others.Count == 0 ? "nothing" : $"update set {string.Join(", ", others)}");
    }

    MillraceException Unfit(string what) => new(
        ErrorKind.Invalid, "export-type", $"Table '{_target.Table}' of the database is there, and {what}.",
        "Name another table behind the #, leave the column out with '--column', or change the table.");
}
