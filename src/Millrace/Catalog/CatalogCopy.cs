using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Catalog;

/// <summary>Copies every row of a catalog into an empty one, whichever databases they are, in one transaction of the
/// target: it has all rows or none.</summary>
/// <remarks>Tables go in the order in which the migrations made them, so that what is referred to comes first. Rows are
/// read one by one and written in batches. Both catalogs must have the same format.</remarks>
sealed partial class CatalogCopy(ICatalog source, ICatalog target)
{
    const int BatchRowsMax = 200;

    // SQLite takes 32766 parameters, PostgreSQL 65535.
    const int ParametersMax = 8000;

    /// <summary>What belongs to a catalog itself and not to the workspace.</summary>
    static readonly string[] OwnTables = ["migration", "move_intent", "process_beat"];

    /// <summary>The tables in the order of their making.</summary>
    public static IReadOnlyList<string> Tables { get; } =
        [.. Migration.All("sqlite").SelectMany(migration => CreateTable().Matches(migration.Sql))
            .Select(match => match.Groups[1].Value).Where(name => !OwnTables.Contains(name))];

    /// <summary>Copies all rows.</summary>
    /// <param name="moveId">Kept in the target until <see cref="EndAsync"/>: a target with this id may be filled anew.
    /// </param>
    /// <param name="progress">Told of each table; null is nobody.</param>
    /// <param name="cancellationToken">Ends it; the target is then as it was.</param>
    /// <exception cref="MillraceException"><c>catalog-not-empty</c>, <c>catalog-tables</c>.</exception>
    public Task CopyAsync(string moveId, IProgress<string>? progress, CancellationToken cancellationToken) =>
        source.ReadAsync(
            from =>
            {
#pragma warning disable VSTHRD002 // A transaction is synchronous work; the target's runs on a thread of its own.
                return target.WriteAsync(
                    to => Copy(from, to, moveId, progress, cancellationToken), cancellationToken)
                    .GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            },
            cancellationToken);

    /// <summary>What each table of a catalog holds.</summary>
    public static Task<List<CatalogDigest>> DigestsAsync(ICatalog catalog, CancellationToken cancellationToken) =>
        catalog.ReadAsync(
            session => Tables.Select(table =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return Digest(session, table, Columns(session, catalog, table));
            }).ToList(),
            cancellationToken);

    /// <summary>Forgets that the target was being filled.</summary>
    public static Task EndAsync(ICatalog catalog) =>
        catalog.WriteAsync(session => session.Execute("delete from move_intent"));

    /// <summary>A catalog that is in use is not being filled: a mark that a crash left just after the switch would let
    /// a copy from the old one replace what came since.</summary>
    public static async Task ForgetAsync(ICatalog catalog, CancellationToken cancellationToken)
    {
        if (await catalog.ReadAsync(
            session => session.Count("select count(*) from move_intent"), cancellationToken).ConfigureAwait(false) > 0)
        {
            await EndAsync(catalog).ConfigureAwait(false);
        }
    }

    int Copy(
        CatalogSession from, CatalogSession to, string moveId, IProgress<string>? progress,
        CancellationToken cancellationToken)
    {
        CheckTables(from, source);
        CheckTables(to, target);
        Clear(to, moveId);
        foreach (var table in Tables)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var columns = Columns(from, source, table);
            if (!columns.SequenceEqual(Columns(to, target, table)))
            {
                throw Differ(
                    $"Table '{table}' has other columns in {source.Description} than in {target.Description}.");
            }

            var count = CopyTable(from, to, table, columns);
            progress?.Report(string.Create(CultureInfo.InvariantCulture, $"{table}: {count} rows"));
        }

        // A run may come before its parent.
        from.Query(
            "select run_id, parent_id from run where parent_id is not null",
            row => to.Execute(
                "update run set parent_id = @parent where run_id = @id",
                ("parent", row.Text(1)), ("id", row.Text(0))));
        if (target is PostgresCatalog)
            SetSequences(to);
        return 0;
    }

    void Clear(CatalogSession to, string moveId)
    {
        var isOurs = to.Count("select count(*) from move_intent where move_id = @id", ("id", moveId)) > 0;
        if (!isOurs && Tables.FirstOrDefault(table => to.Count($"select count(*) from {table}") > 0) is { } filled)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "catalog-not-empty",
                $"The catalog {target.Description} is in use: its table '{filled}' has rows.",
                "Name another schema with '--schema', or drop that one if nobody needs it; nothing was changed.");
        }

        if (isOurs)
        {
            to.Execute("update run set parent_id = null");
            foreach (var table in Tables.Reverse())
                to.Execute($"delete from {table}");
        }
        else
        {
            to.Execute(
                "insert into move_intent (move_id, source, started_at) values (@id, @source, @now)",
                ("id", moveId), ("source", source.Description), ("now", to.Now));
        }
    }

    int CopyTable(CatalogSession from, CatalogSession to, string table, List<(string Name, string Type)> columns)
    {
        var rowsMax = Math.Min(BatchRowsMax, ParametersMax / columns.Count);
        var batch = new List<object?[]>(rowsMax);
        var names = string.Join(", ", columns.Select(column => column.Name));
        var count = 0;
        from.Query($"select {names} from {table}", row =>
        {
            var values = new object?[columns.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = table == "run" && columns[i].Name == "parent_id" ? null : Value(row, i, columns[i].Type);
            }

            batch.Add(values);
            count++;
            if (batch.Count == rowsMax)
                Insert(to, table, names, batch);
            return 0;
        });
        Insert(to, table, names, batch);
        return count;
    }

    void Insert(CatalogSession to, string table, string names, List<object?[]> batch)
    {
        if (batch.Count == 0)
            return;
        var sql = new StringBuilder($"insert into {table} ({names}) ");
        if (target is PostgresCatalog)
            sql.Append("overriding system value ");
        sql.Append("values ");
        var parameters = new List<(string, object?)>(batch.Count * batch[0].Length);
        for (var i = 0; i < batch.Count; i++)
        {
            sql.Append(i == 0 ? "(" : ", (");
            for (var j = 0; j < batch[i].Length; j++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"p{i}_{j}");
                sql.Append(j == 0 ? "@" : ", @").Append(name);
                parameters.Add((name, batch[i][j]));
            }

            sql.Append(')');
        }

        to.Execute(sql.ToString(), [.. parameters]);
        batch.Clear();
    }

    static void SetSequences(CatalogSession to)
    {
        var identities = to.Query(
            "select table_name, column_name from information_schema.columns "
            + "where table_schema = current_schema() and is_identity = 'YES'",
            row => (Table: row.Text(0), Column: row.Text(1)));
        foreach (var (table, column) in identities)
        {
            to.Count(
                $"select setval(pg_get_serial_sequence('{table}', '{column}'), "
                + $"(select coalesce(max({column}), 0) + 1 from {table}), false)");
        }
    }

    static CatalogDigest Digest(CatalogSession session, string table, List<(string Name, string Type)> columns)
    {
        var sum = BigInteger.Zero;
        var modulus = BigInteger.One << 256;
        var count = 0L;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var number = new byte[sizeof(long)];
        session.Query($"select {string.Join(", ", columns.Select(column => column.Name))} from {table}", row =>
        {
            for (var i = 0; i < columns.Count; i++)
            {
                var value = Value(row, i, columns[i].Type);
                hash.AppendData([value switch { null => (byte)0, string => (byte)1, long => (byte)2, _ => (byte)3 }]);
                switch (value)
                {
                    case string text:
                        var bytes = Encoding.UTF8.GetBytes(text);
                        Append(bytes.Length);
                        hash.AppendData(bytes);
                        break;
                    case long integer:
                        Append(integer);
                        break;
                    case double real:
                        Append(BitConverter.DoubleToInt64Bits(real));
                        break;
                }
            }

            sum = (sum + new BigInteger(hash.GetHashAndReset(), isUnsigned: true)) % modulus;
            count++;
            return 0;
        });
        return new CatalogDigest(table, count, sum.ToString("x", CultureInfo.InvariantCulture));

        void Append(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            hash.AppendData(number);
        }
    }

    static object? Value(CatalogRow row, int index, string type) => row.IsNull(index) ? null : type switch
    {
        "text" => row.Text(index),
        "integer" => row.Int64(index),
        _ => row.Double(index),
    };

    static void CheckTables(CatalogSession session, ICatalog catalog)
    {
        var there = catalog is PostgresCatalog
            ? session.Query(
                "select table_name from information_schema.tables where table_schema = current_schema() "
                + "and table_type = 'BASE TABLE'",
                row => row.Text(0))
            : session.Query(
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'", row => row.Text(0));
        if (there.Except(Tables).Except(OwnTables).FirstOrDefault() is { } unknown)
            throw Differ($"The catalog {catalog.Description} has a table '{unknown}' that no migration made.");
    }

    /// <summary>Name and type of each column, in the order of the names.</summary>
    static List<(string Name, string Type)> Columns(CatalogSession session, ICatalog catalog, string table)
    {
        var columns = catalog is PostgresCatalog
            ? session.Query(
                "select column_name, data_type from information_schema.columns "
                + "where table_schema = current_schema() and table_name = @table",
                row => (row.Text(0), Plain(row.Text(1))), ("table", table))
            : session.Query(
                "select name, type from pragma_table_info(@table)",
                row => (row.Text(0), Plain(row.Text(1))), ("table", table));
        columns.Sort((left, right) => string.CompareOrdinal(left.Item1, right.Item1));
        return columns;

        string Plain(string type) => type.ToLowerInvariant() switch
        {
            "text" => "text",
            "integer" or "bigint" => "integer",
            "real" or "double precision" => "real",
            var other => throw Differ($"Table '{table}' has a column of type '{other}', which is not copied yet."),
        };
    }

    static MillraceException Differ(string message) => new(
        ErrorKind.Invalid, "catalog-tables", message, "Use the Millrace that made both catalogs; nothing was changed.");

    [GeneratedRegex(@"^create table (?:if not exists )?(\w+)", RegexOptions.Multiline)]
    private static partial Regex CreateTable();
}
