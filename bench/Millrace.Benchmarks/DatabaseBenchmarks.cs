using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Millrace.Sources;
using Npgsql;

namespace Millrace.Benchmarks;

/// <summary>Rows of nine columns (the shape of db-benchmark) out of PostgreSQL and SQLite into a committed table and
/// back, beside a reader of ADO.NET that only looks at each value, and beside <c>psql</c> that throws the rows away.
/// </summary>
static class DatabaseBenchmarks
{
    const int RowsDefault = 10_000_000;
    const int Rounds = 2;

    const string Columns = "id1 text, id2 text, id3 text, id4 bigint, id5 bigint, id6 bigint, v1 bigint, v2 bigint, "
        + "v3 double precision";

    /// <param name="rows">How many rows; null is 10 million.</param>
    public static async Task RunAsync(string? rows)
    {
        var count = rows is null ? RowsDefault : int.Parse(rows, CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("millrace-databases-").FullName;
        try
        {
            Console.WriteLine($"{count:N0} rows x 9.");
            Console.WriteLine();
            Console.WriteLine("| what | s | M rows/s | CPU s of this process |");
            Console.WriteLine("| --- | --- | --- | --- |");
            await SqliteAsync(folder, count).ConfigureAwait(false);
            using (var server = new PostgresCluster(Path.Combine(folder, "postgres")))
            {
                await PostgresAsync(server, folder, count).ConfigureAwait(false);
            }

            using var process = Process.GetCurrentProcess();
            Console.WriteLine();
            Console.WriteLine($"Peak resident memory of this process: {process.PeakWorkingSet64 >> 20} MiB.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task SqliteAsync(string folder, int count)
    {
        var path = Path.Combine(folder, "rows.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=false"))
        {
            connection.Open();
            Execute(connection, $"create table rows ({Columns})");
            Execute(connection, $"""
                with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})
                insert into rows select printf('id%03d', abs(random()) % 100 + 1),
                    printf('id%03d', abs(random()) % 100 + 1),
                    printf('id%010d', abs(random()) % 100000 + 1), abs(random()) % 100 + 1, abs(random()) % 100 + 1,
                    abs(random()) % 100000 + 1, abs(random()) % 5 + 1, abs(random()) % 15 + 1,
                    abs(random()) % 100000000 / 1000000.0 from n
                """);
        }

        for (var round = 0; round < Rounds; round++)
        {
            Show("SQLite: ADO.NET reader, values only", count, () => ReadSqlite(path));
            await ShowAsync("SQLite to table", count, () => IngestAsync(
                Path.Combine(folder, $"from-sqlite-{round}"), $"sqlite:{path}")).ConfigureAwait(false);
        }

        await ShowAsync("table to SQLite", count, () => ExportAsync(
            Path.Combine(folder, "from-sqlite-0"), $"sqlite:{Path.Combine(folder, "out.db")}#rows"))
            .ConfigureAwait(false);
    }

    static async Task PostgresAsync(PostgresCluster server, string folder, int count)
    {
        using (var connection = new NpgsqlConnection(server.Connection))
        {
            connection.Open();
            Execute(connection, $"create unlogged table rows ({Columns})");
            Execute(connection, $"""
                insert into rows select 'id' || lpad((random() * 99 + 1)::int::text, 3, '0'),
                    'id' || lpad((random() * 99 + 1)::int::text, 3, '0'),
                    'id' || lpad((random() * 99999 + 1)::int::text, 10, '0'), (random() * 99 + 1)::int,
                    (random() * 99 + 1)::int, (random() * 99999 + 1)::int, (random() * 4 + 1)::int,
                    (random() * 14 + 1)::int, round((random() * 100)::numeric, 6)::double precision
                from generate_series(1, {count})
                """);
            Execute(connection, "vacuum analyze rows");
        }

        for (var round = 0; round < Rounds; round++)
        {
            Show("PostgreSQL: psql, COPY in binary to /dev/null", count, server.CopyAway);
            Show("PostgreSQL: Npgsql reader, values only", count, () => ReadPostgres(server.Connection));
            await ShowAsync("PostgreSQL to table", count, () => IngestAsync(
                Path.Combine(folder, $"from-postgres-{round}"), $"postgres:{server.Connection}"))
                .ConfigureAwait(false);
        }

        await ShowAsync("table to PostgreSQL", count, () => ExportAsync(
            Path.Combine(folder, "from-postgres-0"), $"postgres:{server.Connection}#written")).ConfigureAwait(false);
    }

    static long ReadSqlite(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var command = new SqliteCommand("select * from rows", connection);
        using var reader = command.ExecuteReader();
        var sum = 0L;
        while (reader.Read())
        {
            sum += reader.GetString(0).Length + reader.GetString(1).Length + reader.GetString(2).Length
                + reader.GetInt64(3) + reader.GetInt64(4) + reader.GetInt64(5) + reader.GetInt64(6)
                + reader.GetInt64(7) + (long)reader.GetDouble(8);
        }

        return sum;
    }

    static long ReadPostgres(string connectionText)
    {
        using var connection = new NpgsqlConnection(connectionText);
        connection.Open();
        using var command = new NpgsqlCommand("select * from rows", connection) { CommandTimeout = 0 };
        using var reader = command.ExecuteReader();
        var sum = 0L;
        while (reader.Read())
        {
            sum += reader.GetString(0).Length + reader.GetString(1).Length + reader.GetString(2).Length
                + reader.GetInt64(3) + reader.GetInt64(4) + reader.GetInt64(5) + reader.GetInt64(6)
                + reader.GetInt64(7) + (long)reader.GetDouble(8);
        }

        return sum;
    }

    static async Task<long> IngestAsync(string folder, string source)
    {
        Workspace.Create(folder);
        var workspace = await Workspace.OpenAsync(folder).ConfigureAwait(false);
        await using (workspace.ConfigureAwait(false))
        {
            var reports = await workspace.Sources.IngestDatabaseAsync(new DatabaseIngestSettings
            {
                Database = SourceDatabase.Parse(source),
                Tables = ["rows"],
            }).ConfigureAwait(false);
            return reports[0].Rows;
        }
    }

    static async Task<long> ExportAsync(string folder, string target)
    {
        var workspace = await Workspace.OpenAsync(folder).ConfigureAwait(false);
        await using (workspace.ConfigureAwait(false))
        {
            var report = await workspace.Sources.ExportAsync(
                new ExportSettings { Table = "rows", Target = target }).ConfigureAwait(false);
            return report.Rows;
        }
    }

    static void Execute(System.Data.Common.DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    static void Show(string name, int count, Func<long> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        work();
        Show(name, count, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - before);
    }

    static async Task ShowAsync(string name, int count, Func<Task<long>> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await work().ConfigureAwait(false);
        Show(name, count, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - before);
    }

    static void Show(string name, int count, TimeSpan time, TimeSpan cpu) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {time.TotalSeconds:N2} | {count / time.TotalSeconds / 1e6:N2} | {cpu.TotalSeconds:N2} |"));
}
