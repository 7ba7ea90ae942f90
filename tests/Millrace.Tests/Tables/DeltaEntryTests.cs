using System.Text;
using System.Text.Json;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

public sealed class DeltaEntryTests : IDisposable
{
    static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch.AddSeconds(1_773_532_800);

    static readonly TableSchema Schema = new(
        [new TableColumn("id", "long"), new TableColumn("a \"b\"", "array<float>")]);

    static readonly TableSchema Wider = new([.. Schema.Columns, new TableColumn("price", "decimal(10,2)")]);

    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Create_append_and_overwrite_are_written_as_the_protocol_says()
    {
        var entries = new[]
        {
            new StagedTable("t", TableMode.Append, Schema, [], [File("one.parquet", null)]),
            new StagedTable("t", TableMode.Append, Schema, [], [File("two%.parquet", "_objects/two.txt")]),
            new StagedTable("t", TableMode.Overwrite, Wider, [], [File("three ü.parquet", null)]),
        };
        var written = new StringBuilder();
        for (var i = 0; i < entries.Length; i++)
        {
            var before = DeltaLog.Read("t", _scratch.Path);
            var entry = DeltaEntry.Build(entries[i], before, "table-id", $"attempt-{i}", $"run-{i}", Time);
            new LocalTableFiles(_scratch.Path).Create();
            Assert.True(DeltaLog.TryPut(new LocalTableFiles(_scratch.Path), i, entry));
            written.Append($"version {i}\n").Append(Encoding.UTF8.GetString(entry));
        }

        Golden.Verify("delta-entries", written.ToString());
    }

    [Fact]
    public void Every_line_is_one_action_and_reads_back_as_it_was_staged()
    {
        var file = File("sub folder/one?#[x].parquet", "_objects/one.txt");
        var entry = DeltaEntry.Build(
            new StagedTable("t", TableMode.Append, Wider, [], [file]), null, "table-id", "attempt", "run", Time);
        new LocalTableFiles(_scratch.Path).Create();
        DeltaLog.TryPut(new LocalTableFiles(_scratch.Path), 0, entry);

        var lines = Encoding.UTF8.GetString(entry).TrimEnd('\n').Split('\n');
        Assert.Equal(
            ["commitInfo", "txn", "protocol", "metaData", "add"],
            lines.Select(line => JsonDocument.Parse(line).RootElement.EnumerateObject().Single().Name));
        var snapshot = DeltaLog.Read("t", _scratch.Path)!;
        var read = Assert.Single(snapshot.Files);
        Assert.Equal(
            (file.Path, file.SizeBytes, file.RowCount, file.Hash, file.Statistics, file.ObjectList),
            (read.Path, read.SizeBytes, read.RowCount, read.Hash, read.Statistics, read.ObjectList));
        Assert.Equal(Wider, snapshot.Schema);
        Assert.Equal("table-id", snapshot.TableId);
        Assert.Equal(0, snapshot.Attempts["attempt"]);
        // A '/' stays a '/': other readers compare the path of a remove with that of its add as text.
        Assert.Contains("\"sub%20folder/one%3F%23%5Bx%5D.parquet\"", lines[^1]);
    }

    static DataFile File(string path, string? objects) =>
        new(path, 123, 4, new string('a', 64), """{"numRecords":4}""", objects);
}
