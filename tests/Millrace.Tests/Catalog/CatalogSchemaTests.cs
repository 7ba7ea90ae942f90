namespace Millrace.Tests.CatalogRoom;

public sealed class CatalogSchemaTests(SharedPostgres postgres)
{
    [Fact]
    public async Task Both_databases_have_the_same_tables_and_columns()
    {
        await using CatalogPlace sqlitePlace = new SqlitePlace();
        await using CatalogPlace postgresPlace = new PostgresPlace(await postgres.Server);
        await using var sqlite = sqlitePlace.Open();
        await using var server = postgresPlace.Open();

        var ofSqlite = await sqlitePlace.ColumnsAsync(sqlite);
        var ofPostgres = await postgresPlace.ColumnsAsync(server);

        Assert.Contains("run_metric.value double not null", ofSqlite);
        Assert.Contains("run.parent_id text", ofSqlite);
        Assert.Equal(ofSqlite.Order(StringComparer.Ordinal), ofPostgres.Order(StringComparer.Ordinal));
        Assert.Equal(sqlite.FormatVersion, server.FormatVersion);
    }
}
