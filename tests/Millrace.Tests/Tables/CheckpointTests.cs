using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom.Foreign;

namespace Millrace.Tests.TablesRoom;

public sealed class CheckpointTests : IDisposable
{
    const string Rows = "select i::bigint as id from range(3) t(i)";

    readonly ScratchFolder _scratch = new();
    readonly ForeignTable _table;

    public CheckpointTests() => _table = new ForeignTable(_scratch["t"]);

    string Checkpoint2 => Path.Join(_table.Log, "00000000000000000002.checkpoint.parquet");

    public void Dispose()
    {
        _table.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_for_the_whole_log()
    {
        Write();
        File.WriteAllBytes(Checkpoint2, File.ReadAllBytes(Checkpoint2)[..100]);

        var snapshot = DeltaTable.Open(_table.Folder);

        Assert.Equal(["b.parquet", "c.parquet", "d.parquet"], snapshot.Files.Select(file => file.Path));
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_for_an_older_one()
    {
        var actions = Write();
        _table.Checkpoint(
            "00000000000000000001.checkpoint.parquet", ForeignTable.Basic, actions.Metadata, actions.A, actions.B);
        _table.DeleteEntries(0, 1);
        File.WriteAllText(Path.Join(_table.Log, "_last_checkpoint"), """{"version":2}""");
        File.WriteAllBytes(Checkpoint2, []);

        Assert.Equal(
            ["b.parquet", "c.parquet", "d.parquet"],
            DeltaTable.Open(_table.Folder).Files.Select(file => file.Path));
    }

    [Fact]
    public void A_damaged_checkpoint_without_another_way_is_named()
    {
        Write();
        _table.DeleteEntries(0, 1, 2);
        File.WriteAllBytes(Checkpoint2, File.ReadAllBytes(Checkpoint2)[..^200]);

        var failure = Assert.Throws<MillraceException>(() => DeltaTable.Open(_table.Folder));

        Assert.Equal("table-log-damaged", failure.Code);
        Assert.Contains("00000000000000000002.checkpoint.parquet", failure.Message);
    }

    [Fact]
    public void A_checkpoint_of_several_files_with_one_missing_is_none()
    {
        var actions = Write();
        File.Delete(Checkpoint2);
        _table.Checkpoint(
            "00000000000000000002.checkpoint.0000000001.0000000002.parquet", ForeignTable.Basic, actions.Metadata);

        Assert.Equal(3, DeltaTable.Open(_table.Folder).Files.Count);
        _table.DeleteEntries(0);
        var failure = Assert.Throws<MillraceException>(() => DeltaTable.Open(_table.Folder));
        Assert.Contains("no entry for version 0", failure.Message);
    }

    [Fact]
    public void A_sidecar_that_is_missing_makes_the_checkpoint_a_damaged_one()
    {
        var actions = Write();
        File.WriteAllLines(
            Path.Join(_table.Log, "00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"),
            [
                ForeignTable.Basic, actions.Metadata,
                """{"sidecar":{"path":"gone.parquet","sizeInBytes":1,"modificationTime":1}}""",
            ]);
        File.Delete(Checkpoint2);

        Assert.Equal(3, DeltaTable.Open(_table.Folder).Files.Count);
    }

    [Fact]
    public void A_gap_after_the_checkpoint_is_named()
    {
        Write();
        _table.Entry(5, ForeignTable.Remove("d.parquet"));

        var failure = Assert.Throws<MillraceException>(() => DeltaTable.Open(_table.Folder));

        Assert.Equal("table-log-damaged", failure.Code);
        Assert.Contains("no entry for version 4", failure.Message);
    }

    [Fact]
    public void An_older_version_is_read_from_the_checkpoint_before_it()
    {
        Write();
        _table.DeleteEntries(0, 1);

        Assert.Equal(2, DeltaTable.Open(_table.Folder, 2).Files.Count);
        var failure = Assert.Throws<MillraceException>(() => DeltaTable.Open(_table.Folder, 1));
        Assert.Equal("version-unknown", failure.Code);
        Assert.Contains("earliest version that is there is v2", failure.Hint);
    }

    [Fact]
    public void What_the_log_says_and_what_its_checkpoint_says_is_the_same()
    {
        Write();

        var fromCheckpoint = DeltaLog.Read("t", new LocalTableFiles(_table.Folder), withRemoved: true)!;
        File.Delete(Checkpoint2);
        var fromEntries = DeltaLog.Read("t", new LocalTableFiles(_table.Folder), withRemoved: true)!;

        Assert.Equal(fromEntries.Schema, fromCheckpoint.Schema);
        Assert.Equal(fromEntries.Transactions, fromCheckpoint.Transactions);
        Assert.Equal(fromEntries.Domains, fromCheckpoint.Domains);
        Assert.Equal(fromEntries.Identity(), fromCheckpoint.Identity());
        Assert.Equal(
            fromEntries.Files.Select(file => (file.Path, file.SizeBytes, file.RowCount, file.Statistics)),
            fromCheckpoint.Files.Select(file => (file.Path, file.SizeBytes, file.RowCount, file.Statistics)));
        Assert.Equal(["a.parquet"], fromCheckpoint.Removed!.Select(file => file.Path));
        Assert.Equal(["a.parquet"], fromEntries.Removed!.Select(file => file.Path));
        Assert.Equal(0, fromEntries.Attempts["app"]);
        Assert.Equal(LogReplay.BeforeCheckpoint, fromCheckpoint.Attempts["app"]);
    }

    [Fact]
    public void The_version_of_an_attempt_is_found_behind_a_checkpoint()
    {
        Write();
        var snapshot = DeltaTable.Open(_table.Folder);

        Assert.Equal(0, DeltaLog.VersionOf("app", snapshot));
        Assert.Null(DeltaLog.VersionOf("other", snapshot));
    }

    [Fact]
    public void Statistics_in_columns_are_read_as_those_in_texts()
    {
        var actions = Write();
        _table.DeleteEntries(0, 1, 2);
        _table.Checkpoint("top.parquet", ForeignTable.Basic, actions.Metadata);
        File.Delete(Checkpoint2);
        _table.Parquet(
            "_delta_log/00000000000000000002.checkpoint.parquet",
            """
            select protocol, "metaData", null::struct(
                path varchar, size bigint, "partitionValues" map(varchar, varchar),
                stats_parsed struct("numRecords" bigint, "minValues" struct(id bigint))) as add
            from 'TOP'
            union all select null, null, {path: 'b.parquet', size: 1, "partitionValues": map {},
                stats_parsed: {"numRecords": 3, "minValues": {id: 17}}}
            """.Replace("TOP", $"{_table.Log}/top.parquet"));

        var snapshot = DeltaTable.Open(_table.Folder, 2);

        Assert.Equal(3, Assert.Single(snapshot.Files).RowCount);
        Assert.Empty(snapshot.Prune(new TablePredicate(new ColumnCondition("id", ConditionKind.Equal, 16L))));
        Assert.Single(snapshot.Prune(new TablePredicate(new ColumnCondition("id", ConditionKind.Equal, 18L))));
    }

    (string Metadata, string A, string B) Write()
    {
        var metadata = ForeignTable.Metadata(ForeignTable.Field("id", "long"));
        var mark = """{"txn":{"appId":"app","version":7,"lastUpdated":1}}""";
        var domain = """{"domainMetadata":{"domain":"d","configuration":"c","removed":false}}""";
        string[] adds = [.. "abcd".Select(name => _table.Add($"{name}.parquet", Rows))];
        _table.Entry(0, ForeignTable.Basic, metadata, mark, adds[0]);
        _table.Entry(1, domain, """{"domainMetadata":{"domain":"e","configuration":"","removed":false}}""", adds[1]);
        _table.Entry(
            2, ForeignTable.Remove("a.parquet"),
            """{"domainMetadata":{"domain":"e","configuration":"","removed":true}}""",
            adds[2]);
        _table.Checkpoint(
            Path.GetFileName(Checkpoint2), ForeignTable.Basic, metadata, mark, domain, ForeignTable.Remove("a.parquet"),
            adds[1], adds[2]);
        _table.Entry(3, adds[3]);
        return (metadata, adds[0], adds[1]);
    }
}
