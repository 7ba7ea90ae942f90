using Microsoft.Data.Sqlite;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

sealed class SqlitePlace : CatalogPlace
{
    readonly ScratchFolder _scratch = new();

    public override string Dialect => "sqlite";

    public string Path => _scratch["catalog.db"];

    public override ICatalog Open(IReadOnlyList<Migration> migrations, TimeProvider? time = null) =>
        SqliteCatalog.Open(Path, time ?? TimeProvider.System, migrations, busySeconds: 30);

    public override List<string>? RunsInBackup(ICatalog catalog, int version)
    {
        var path = $"{Path}.v{version}.backup";
        if (!File.Exists(path))
            return null;
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"select run_id from run where {version} = (select max(number) from migration)";
        using var reader = command.ExecuteReader();
        var runs = new List<string>();
        while (reader.Read())
            runs.Add(reader.GetString(0));
        return runs;
    }

    public override Task<List<string>> ColumnsAsync(ICatalog catalog) => catalog.ReadAsync(session => session.Query(
        """
        select t.name || '.' || c.name || ' ' ||
            case c.type when 'INTEGER' then 'integer' when 'TEXT' then 'text' when 'REAL' then 'double' else c.type end
            || case c."notnull" when 1 then ' not null' else '' end
        from sqlite_schema t join pragma_table_info(t.name) c
        where t.type = 'table' and t.name not like 'sqlite_%'
        """,
        row => row.Text(0)));

    public override ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }
}
