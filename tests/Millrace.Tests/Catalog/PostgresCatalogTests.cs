using Millrace.Catalog;
using Npgsql;

namespace Millrace.Tests.CatalogRoom;

public sealed class PostgresCatalogTests(SharedPostgres postgres)
{
    [Fact]
    public async Task A_restarted_server_is_found_again_by_reads_and_writes()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var catalog = PostgresCatalog.Open(server.Connection);
        await catalog.Write(session => session.AddRun("r1"));
        Assert.Equal(["r1"], await catalog.Runs());

        // Nobody asks while the server is away, so every connection is a stale one.
        await server.StopAsync();
        await server.StartAgainAsync();

        await catalog.Write(session => session.AddRun("r2"));
        Assert.Equal(["r1", "r2"], await catalog.Runs());

        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.Equal(["r1", "r2"], await catalog.Runs());
        await catalog.Write(session => session.AddRun("r3"));
    }

    [Fact]
    public async Task A_stopped_server_is_named_without_its_password_and_used_when_it_is_back()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var catalog = PostgresCatalog.Open(server.Connection);
        await catalog.Write(session => session.AddRun("r1"));
        await server.StopAsync();

        var errors = new[]
        {
            await Assert.ThrowsAsync<MillraceException>(() => catalog.Write(session => session.AddRun("r2"))),
            await Assert.ThrowsAsync<MillraceException>(() => catalog.Write(session => session.AddRun("r3"))),
            await Assert.ThrowsAsync<MillraceException>(() => catalog.Runs()),
            Assert.Throws<MillraceException>(() => PostgresCatalog.Open(server.Connection)),
        };

        Assert.All(errors, error => Assert.Equal("catalog-unavailable", error.Code));
        Assert.All(errors, error => Assert.Contains($"127.0.0.1:{server.Port}", error.Message));
        Assert.All(errors, error => Assert.DoesNotContain(PostgresServer.Password, error.ToString()));

        await server.StartAgainAsync();
        Assert.Equal(["r1"], await catalog.Runs());
        await catalog.Write(session => session.AddRun("r4"));
        Assert.Equal(["r1", "r4"], await catalog.Runs());
    }

    [Fact]
    public async Task A_connection_that_is_lost_within_a_write_fails_its_group_as_a_whole()
    {
        var server = await postgres.Server;
        await using var catalog = PostgresCatalog.Open(server.Connection, "lost_connection");

        var writes = await catalog.WhileWriterIsHeld(() =>
        [
            catalog.Write(session => session.AddRun("r1")),
            catalog.Write(session => Kill(server, session.Count("select pg_backend_pid()")) + session.AddRun("r2")),
        ]);

        foreach (var write in writes)
        {
            var error = await Assert.ThrowsAsync<MillraceException>(() => write);
            Assert.Equal("catalog-unavailable", error.Code);
        }

        await catalog.Write(session => session.AddRun("r3"));
        Assert.Equal(["r3"], await catalog.Runs());
    }

    [Fact]
    public async Task A_wrong_password_or_database_is_told_without_the_password()
    {
        var server = await postgres.Server;
        var settings = new NpgsqlConnectionStringBuilder(server.Connection) { Password = "secret-one" };
        var password = Assert.Throws<MillraceException>(() => PostgresCatalog.Open(settings.ToString()));
        settings.Password = PostgresServer.Password;
        settings.Database = "nowhere";
        var database = Assert.Throws<MillraceException>(() => PostgresCatalog.Open(settings.ToString()));

        Assert.Equal("catalog-unavailable", password.Code);
        Assert.DoesNotContain("secret-one", password.ToString());
        Assert.Equal("catalog-unavailable", database.Code);
        Assert.Contains("nowhere", database.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("a;drop schema public")]
    [InlineData("a_name_that_is_longer_than_forty_letters_")]
    public void A_schema_name_that_needs_quoting_is_refused(string schema)
    {
        var error = Assert.Throws<MillraceException>(() => PostgresCatalog.Open("Host=127.0.0.1", schema));

        Assert.Equal((ErrorKind.Invalid, "catalog-schema-name"), (error.Kind, error.Code));
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Colour=blue;Password=secret-two")]
    [InlineData("Host=127.0.0.1;Port=many;Password=secret-two")]
    [InlineData("secret-two")]
    public void A_connection_string_that_cannot_be_read_is_told_without_what_is_in_it(string connection)
    {
        var error = Assert.Throws<MillraceException>(() => PostgresCatalog.Open(connection));

        Assert.Equal((ErrorKind.Invalid, "catalog-connection"), (error.Kind, error.Code));
        Assert.DoesNotContain("secret-two", error.ToString());
    }

    [Fact]
    public async Task Schemas_are_catalogs_of_their_own()
    {
        var server = await postgres.Server;
        await using var first = PostgresCatalog.Open(server.Connection, "schema_one");
        await using var second = PostgresCatalog.Open(server.Connection, "schema_two");

        // Held by one catalog, the writers' lock does not keep the other waiting.
        await Task.WhenAll(await first.WhileWriterIsHeld(() =>
        {
            second.Write(session => session.AddRun("r2")).GetAwaiter().GetResult();
            return [first.Write(session => session.AddRun("r1"))];
        }));

        Assert.Equal(["r1"], await first.Runs());
        Assert.Equal(["r2"], await second.Runs());
    }

    static int Kill(PostgresServer server, long backend)
    {
        using var source = NpgsqlDataSource.Create(server.Connection);
        using var command = source.CreateCommand($"select pg_terminate_backend({backend})");
        command.ExecuteNonQuery();
        return 0;
    }
}
