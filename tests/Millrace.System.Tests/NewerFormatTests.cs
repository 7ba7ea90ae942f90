using Microsoft.Data.Sqlite;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>A workspace that a newer Millrace wrote is refused, and not touched.</summary>
public sealed class NewerFormatTests(TestRun run)
{
    [Fact]
    public async Task A_workspace_of_a_newer_format_is_refused()
    {
        using var job = await run.AfterFirstNightAsync();
        var before = await job.VersionsAsync();
        var format = Path.Combine(job.Workspace, ".millrace", "format");
        var known = await File.ReadAllTextAsync(format, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(format, "99\n", TestContext.Current.CancellationToken);

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(2);

        night.Says("format-newer", "format version 99", $"up to {known.Trim()}", "hint: Use the newer Millrace");
        Assert.Equal("99\n", await File.ReadAllTextAsync(format, TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(format, known, TestContext.Current.CancellationToken);
        Assert.Equal(before, await job.VersionsAsync());
    }

    [Fact]
    public async Task A_catalog_of_a_newer_format_is_refused()
    {
        using var job = await run.AfterFirstNightAsync();
        var before = await job.VersionsAsync();
        Change(job, "insert into migration (number, name, applied_at) values (99, 'from the future', 0)");

        var night = (await job.NightAsync(TestRun.SecondNight)).Ended(2);

        night.Says("format-newer", "catalog.db", "format version 99", "hint: Use the newer Millrace");
        Change(job, "delete from migration where number = 99");
        Assert.Equal(before, await job.VersionsAsync());
    }

    static void Change(NightJob job, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(job.Workspace, ".millrace", "catalog.db"),
            Pooling = false,
        }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
