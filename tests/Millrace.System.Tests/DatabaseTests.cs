using Microsoft.Data.Sqlite;
using Millrace.SystemTests.Fixtures;
using Npgsql;

namespace Millrace.SystemTests;

/// <summary>Databases as sources and as targets, by the packaged binary.</summary>
public sealed class DatabaseTests(TestRun run, PostgresServer server) : IClassFixture<PostgresServer>
{
    const int Rows = 150_000;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_go_from_PostgreSQL_into_tables_and_back()
    {
        using var scratch = new ScratchFolder();
        await server.CreateDatabaseAsync("shop");
        await SqlAsync(
            "shop",
            "create table orders (id int primary key, at timestamptz, price numeric(10,2), picture bytea)",
            "insert into orders select i, timestamptz '2026-03-01' + i * interval '1 minute', i / 4.0, "
            + @"case when i < 3 then '\x0102'::bytea end from generate_series(1, 1000) i",
            "create table places (id int, name text)", "insert into places values (1, 'Köln')");
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        var url = Url("shop");

        (await cli.RunAsync("ingest", url, "--all", "--into", "shop_*", "--key", "id")).Ended(0);
        await SqlAsync(
            "shop", "update orders set price = 9.99 where id = 7", "insert into orders values (1001, now(), 1, null)",
            "delete from orders where id = 8");
        (await cli.RunAsync(
            "ingest", url, "--table", "orders", "--into", "shop_orders", "--key", "id", "--mirror")).Ended(0).Says(
            "1 rows are new, 1 changed, 998 were there already, and 1 are gone.");
        string[] export = ["export", "shop_orders", "--to", $"{url}/copies", "--mode", "upsert", "--key", "id"];
        (await cli.RunAsync(export)).Ended(0);
        (await cli.RunAsync(export)).Ended(0);
        (await cli.RunAsync("fsck")).Ended(0);

        Assert.Equal("1000|9.99", await ValueAsync(
            "shop", "select count(*) || '|' || max(price) filter (where id = 7) from copies"));
        Assert.Equal(0L, await ValueAsync(
            "shop",
            "select count(*) from (select id, at, price from orders except select id, at, price from copies) q"));
    }

    [Fact]
    public async Task A_command_that_can_not_reach_the_server_says_so_without_the_password()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);

        var failed = (await cli.RunAsync("ingest", "postgres://me:${HOME}@127.0.0.1:1/x", "--all")).Ended(6);

        failed.Says("source-unavailable");
        Assert.DoesNotContain(Environment.GetEnvironmentVariable("HOME")!, failed.Error, StringComparison.Ordinal);
        (await cli.RunAsync("ingest", "postgres://me:open@127.0.0.1:1/x", "--all")).Ended(2).Says("source-connection");
    }

    [Theory]
    [InlineData("--cursor", "id")]
    [InlineData("--key", "id")]
    public async Task An_ingest_that_is_killed_anywhere_ends_in_the_same_rows_when_it_is_run_again(
        string option, string column)
    {
        const int Kills = 4;
        using var scratch = new ScratchFolder();
        Fill(scratch["shop.db"], 1, Rows);
        var chance = new Random(run.Seed);
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        string[] command = ["ingest", "sqlite:shop.db", "--table", "t", option, column];
        for (var kill = 0; kill < Kills; kill++)
        {
            await using (var running = cli.Start(command))
            {
                await running.KillAtAsync(TimeSpan.FromMilliseconds(chance.Next(100, 2_500)));
            }

            if (kill == 1)
            {
                (await cli.RunAsync(command)).Ended(0);
                Fill(scratch["shop.db"], Rows + 1, Rows + 5_000);
            }
        }

        (await cli.RunAsync(command)).Ended(0);
        (await cli.RunAsync(command)).Ended(0);
        (await cli.RunAsync("export", "t", "--to", "sqlite:out.db#t")).Ended(0);
        (await cli.RunAsync("fsck")).Ended(0);

        Assert.Equal(
            Value(scratch["shop.db"], "select count(*) || '|' || sum(id) || '|' || count(distinct id) from t"),
            Value(scratch["out.db"], "select count(*) || '|' || sum(id) || '|' || count(distinct id) from t"));
    }

    static void Fill(string path, int first, int last)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            create table if not exists t (id integer primary key, name text, x real);
            with recursive n(i) as (select {first} union all select i + 1 from n where i < {last})
            insert into t select i, 'row ' || i, i / 7.0 from n;
            """;
        command.ExecuteNonQuery();
    }

    static string Value(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (string)command.ExecuteScalar()!;
    }

    string Url(string database)
    {
        var settings = new NpgsqlConnectionStringBuilder(server.Connection(database));
        return $"postgres://{settings.Username}@{settings.Host}:{settings.Port}/{database}";
    }

    async Task SqlAsync(string database, params string[] statements)
    {
        await using var connection = new NpgsqlConnection(server.Connection(database));
        await connection.OpenAsync(Stop);
        foreach (var sql in statements)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Stop);
        }
    }

    async Task<object?> ValueAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(server.Connection(database));
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Stop);
    }
}
