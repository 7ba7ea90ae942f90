using Microsoft.Data.Sqlite;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>A SQLite database beside a workspace, and the shortest way of its rows into tables.</summary>
static class SourceSqlite
{
    public static string Database(this TestWorkspace workspace) => Path.Join(workspace.Outside, "shop.db");

    public static void Sqlite(this TestWorkspace workspace, params string[] statements)
    {
        using var connection = new SqliteConnection($"Data Source={workspace.Database()};Pooling=false");
        connection.Open();
        foreach (var sql in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    public static async Task<IngestReport> TakeAsync(
        this TestWorkspace workspace, string table, Func<DatabaseIngestSettings, DatabaseIngestSettings>? change = null)
    {
        var settings = new DatabaseIngestSettings
        {
            Database = SourceDatabase.Parse($"sqlite:{workspace.Database()}"),
            Tables = [table],
        };
        return Assert.Single(await workspace.Open.Sources.IngestDatabaseAsync(
            change?.Invoke(settings) ?? settings, null, TestContext.Current.CancellationToken));
    }
}
