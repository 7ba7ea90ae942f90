using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom.Foreign;

namespace Millrace.Tests.TablesRoom;

public sealed class TimeTravelTests : IDisposable
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    readonly ScratchFolder _scratch = new();
    readonly ForeignTable _table;

    public TimeTravelTests() => _table = new ForeignTable(_scratch["t"]);

    public void Dispose()
    {
        _table.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void The_version_of_a_moment_is_the_newest_that_was_there()
    {
        Write(null, Noon, Noon.AddHours(1), Noon.AddHours(2));

        Assert.Equal(0, At(Noon));
        Assert.Equal(0, At(Noon.AddMinutes(59)));
        Assert.Equal(1, At(Noon.AddHours(1)));
        Assert.Equal(2, At(Noon.AddYears(10)));
    }

    [Fact]
    public void A_moment_before_the_first_version_names_the_earliest()
    {
        Write(null, Noon);

        var failure = Assert.Throws<MillraceException>(() => At(Noon.AddMilliseconds(-1)));

        Assert.Equal("version-unknown", failure.Code);
        Assert.Contains("v0 of 2026-03-01 12:00:00", failure.Hint);
    }

    [Fact]
    public void A_clock_that_jumps_back_does_not_reorder_versions()
    {
        Write(null, Noon, Noon.AddHours(-3), Noon.AddHours(-2), Noon.AddHours(1));

        var history = DeltaTable.History(_table.Folder);

        Assert.Equal(
            [Noon.AddHours(1), Noon.AddMilliseconds(2), Noon.AddMilliseconds(1), Noon],
            history.Select(commit => commit.Time));
        Assert.Equal(2, At(Noon.AddMinutes(1)));
    }

    [Fact]
    public void Times_in_the_entries_count_where_the_table_keeps_them()
    {
        Write(
            """{"delta.enableInCommitTimestamps":"true","delta.inCommitTimestampEnablementVersion":"1"}""",
            Noon, Noon.AddHours(1));
        var later = Noon.AddDays(1).ToUnixTimeMilliseconds();
        _table.Entry(1, $$$"""{"commitInfo":{"inCommitTimestamp":{{{later}}},"timestamp":1}}""");

        Assert.Equal(0, At(Noon.AddHours(23)));
        Assert.Equal(1, At(Noon.AddDays(1)));
    }

    [Fact]
    public void Our_own_notes_count_after_a_copy_of_the_table()
    {
        Write(null, Noon);
        _table.Entry(
            1,
            $$$"""
            {"commitInfo":{"timestamp":{{{Noon.AddHours(1).ToUnixTimeMilliseconds()}}},"engineInfo":"Millrace/1"}}
            """);
        File.SetLastWriteTimeUtc(EntryPath(1), Noon.AddYears(5).UtcDateTime);

        Assert.Equal(1, At(Noon.AddHours(1)));
    }

    [Fact]
    public void A_version_that_can_not_be_built_is_not_offered()
    {
        Write(null, Noon, Noon.AddHours(1), Noon.AddHours(2));
        _table.Checkpoint(
            "00000000000000000001.checkpoint.parquet", ForeignTable.Basic,
            ForeignTable.Metadata(ForeignTable.Field("id", "long")));
        _table.DeleteEntries(0);

        Assert.Equal(1, At(Noon.AddHours(1)));
        Assert.Contains("v1", Assert.Throws<MillraceException>(() => At(Noon)).Hint);
    }

    long At(DateTimeOffset time) => DeltaTable.OpenAsOf(_table.Folder, time).Version;

    string EntryPath(long version) => Path.Join(_table.Log, $"{version:D20}.json");

    void Write(string? configuration, params DateTimeOffset[] times)
    {
        for (var version = 0; version < times.Length; version++)
        {
            if (version == 0)
                _table.Entry(
                    0, ForeignTable.Basic,
                    ForeignTable.Metadata(ForeignTable.Field("id", "long"), null, configuration ?? "{}"));
            else
                _table.Entry(version, """{"commitInfo":{"timestamp":5}}""");
            File.SetLastWriteTimeUtc(EntryPath(version), times[version].UtcDateTime);
        }
    }
}
