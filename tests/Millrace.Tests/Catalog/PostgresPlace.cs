using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

sealed class PostgresPlace(PostgresServer server) : CatalogPlace
{
    readonly string _schema = $"test_{Guid.NewGuid():N}"[..20];

    public override string Dialect => "postgres";

    public override ICatalog Open(IReadOnlyList<Migration> migrations, TimeProvider? time = null) =>
        PostgresCatalog.Open(server.Connection, _schema, time ?? TimeProvider.System, migrations);

    public override List<string>? RunsInBackup(ICatalog catalog, int version) => catalog.ReadAsync(session =>
    {
        var backup = $"{_schema}_backup_v{version}";
        return session.Count(
            "select count(*) from information_schema.tables where table_schema = @schema", ("schema", backup)) == 0
            ? null
            : session.Query(
                $"""
                select run_id from {backup}.run where {version} = (select max(number) from {backup}.migration)
                """,
                row => row.Text(0));
    }).GetAwaiter().GetResult();

    public override Task<List<string>> ColumnsAsync(ICatalog catalog) => catalog.ReadAsync(session => session.Query(
        """
        select table_name || '.' || column_name || ' ' ||
            case data_type when 'bigint' then 'integer' when 'double precision' then 'double' else data_type end
            || case is_nullable when 'NO' then ' not null' else '' end
        from information_schema.columns where table_schema = @schema
        """,
        row => row.Text(0), ("schema", _schema)));

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
