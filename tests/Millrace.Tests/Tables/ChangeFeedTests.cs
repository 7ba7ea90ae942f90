using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom.Foreign;

namespace Millrace.Tests.TablesRoom;

public sealed class ChangeFeedTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly ForeignTable _table;

    public ChangeFeedTests() => _table = new ForeignTable(_scratch["t"]);

    public void Dispose()
    {
        _table.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Files_that_come_and_go_are_rows_inserted_and_deleted()
    {
        Create();
        _table.Entry(1, Add("b", 3, 5));
        _table.Entry(2, ForeignTable.Remove("a.parquet"));

        Assert.Equal(
            [
                "0 insert 0", "0 insert 1", "0 insert 2", "1 insert 3", "1 insert 4",
                "2 delete 0", "2 delete 1", "2 delete 2",
            ],
            Changes(0));
        Assert.Equal(["2 delete 0", "2 delete 1", "2 delete 2"], Changes(2));
    }

    [Fact]
    public void What_only_moves_rows_changes_nothing()
    {
        Create();
        _table.Entry(
            1, ForeignTable.Remove("a.parquet").Replace("\"dataChange\":true", "\"dataChange\":false"),
            Add("b", 0, 3).Replace("\"dataChange\":true", "\"dataChange\":false"));

        Assert.Empty(Changes(1));
    }

    [Fact]
    public void Other_deleted_rows_of_a_file_are_the_difference()
    {
        Create("deletionVectors");
        _table.Entry(1, ForeignTable.Remove("a.parquet"), Add("a", 0, 3, ForeignTable.Inline(0, 1)));
        _table.Entry(
            2, ForeignTable.Remove("a.parquet", ForeignTable.Inline(0, 1)), Add("a", 0, 3, ForeignTable.Inline(1, 2)));

        Assert.Equal(["1 delete 0", "1 delete 1", "2 delete 2", "2 insert 0"], Changes(1));
    }

    [Fact]
    public void Files_of_changes_are_read_instead_of_the_others()
    {
        Create();
        _table.Add(
            "_change_data/c.parquet",
            "select 1::bigint as id, 'update_preimage' as _change_type union all select 9, 'update_postimage'");
        _table.Entry(
            1, ForeignTable.Remove("a.parquet"), Add("b", 7, 9),
            """{"cdc":{"path":"_change_data/c.parquet","partitionValues":{},"size":1,"dataChange":false}}""");

        Assert.Equal(["1 update_postimage 9", "1 update_preimage 1"], Changes(1));
    }

    [Fact]
    public void The_time_of_a_change_is_that_of_its_version()
    {
        Create();
        var time = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        File.SetLastWriteTimeUtc(Path.Join(_table.Log, $"{0:D20}.json"), time.UtcDateTime);
        using var session = new SqlSession(_scratch.Path);

        session.AttachChanges("c", DeltaTable.Open(_table.Folder), 0);

        Assert.Equal(
            "2026-03-01 12:00:00+00", session.Value<string>("select distinct _commit_timestamp::varchar from c"));
    }

    [Fact]
    public void Values_of_partitions_come_from_the_version_before_when_a_remove_leaves_them_out()
    {
        var fields = $"{ForeignTable.Field("id", "long")},{ForeignTable.Field("p", "string")}";
        _table.Entry(
            0, ForeignTable.Basic, ForeignTable.Metadata(fields, ["p"]),
            _table.Add("a.parquet", "select 1::bigint as id", """{"p":"x"}"""));
        _table.Entry(1, ForeignTable.Remove("a.parquet"));
        using var session = new SqlSession(_scratch.Path);

        session.AttachChanges("c", DeltaTable.Open(_table.Folder), 1);

        Assert.Equal(["x"], session.Rows("select p from c", reader => reader.GetString(0)));
    }

    [Fact]
    public void A_version_whose_entry_is_gone_is_refused()
    {
        Create();
        _table.Entry(1, Add("b", 3, 5));
        _table.Checkpoint(
            "00000000000000000001.checkpoint.parquet", ForeignTable.Basic,
            ForeignTable.Metadata(ForeignTable.Field("id", "long")));
        _table.DeleteEntries(0);

        var failure = Assert.Throws<MillraceException>(() => Changes(0));

        Assert.Equal("version-unknown", failure.Code);
        Assert.Contains("version 1", failure.Hint);
    }

    void Create(params string[] features) => _table.Entry(
        0, features.Length == 0 ? ForeignTable.Basic : ForeignTable.Protocol(features),
        ForeignTable.Metadata(ForeignTable.Field("id", "long")), Add("a", 0, 3));

    string Add(string name, int first, int end, string? vector = null) => _table.Add(
        $"{name}.parquet", $"select i::bigint as id from range({first}, {end}) t(i)", vector: vector);

    List<string> Changes(long first)
    {
        using var session = new SqlSession(_scratch.Path);
        session.AttachChanges("c", DeltaTable.Open(_table.Folder), first);
        return session.Rows(
            "select concat_ws(' ', _commit_version, _change_type, id) from c order by all",
            reader => reader.GetString(0));
    }
}
