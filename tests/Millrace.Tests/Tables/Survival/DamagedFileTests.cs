using System.Buffers.Binary;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom.Survival;

/// <summary>Data files and log entries that are not what was written.</summary>
public sealed class DamagedFileTests
{
    const string Rows = "select i::bigint as id, 'text ' || i as text, [i, i + 1] as list from range(50) t(i)";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("empty")]
    [InlineData("cut")]
    [InlineData("mark")]
    [InlineData("length")]
    [InlineData("huge")]
    [InlineData("zero")]
    [InlineData("missing")]
    public async Task A_corrupt_footer_is_told_with_the_file_and_the_other_tables_are_read(string damage)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("whole", Rows);
        await workspace.AppendAsync("broken", Rows);
        var path = Assert.Single(Directory.GetFiles(workspace.TableFolder("broken"), "*.parquet"));
        Damage(path, damage);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.RowsAsync("select sum(id) from broken"));

        Assert.Equal((ErrorKind.Corrupt, "table-file-damaged"), (failure.Kind, failure.Code));
        Assert.Contains(Path.GetFileName(path), failure.Message, StringComparison.Ordinal);
        using (var session = workspace.Tables.OpenSession())
        {
            session.Attach("whole", workspace.Log("whole")!);
            Assert.Equal([1225L], session.Rows("select sum(id)::bigint from whole", reader => reader.GetInt64(0)));
        }

        var report = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones)
            .CheckAsync(Stop);
        Assert.Contains(report.Problems, problem => problem.Contains(Path.GetFileName(path), StringComparison.Ordinal));
        // What must read the file changes nothing; what need not goes on.
        var editor = workspace.Tables.Editor;
        await Assert.ThrowsAsync<MillraceException>(
            () => editor.DeleteAsync("broken", "id = 7", cancellationToken: Stop));
        Assert.Equal(0, workspace.Log("broken")!.Version);
        await editor.WriteAsync("broken", Rows, new() { Mode = TableMode.Overwrite }, cancellationToken: Stop);
        Assert.Equal(["1225"], await workspace.RowsAsync("select sum(id) from broken"));
    }

    [Fact]
    public async Task Any_changed_byte_of_a_footer_is_told_or_does_no_harm()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows);
        var path = Assert.Single(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
        var whole = await File.ReadAllBytesAsync(path, Stop);
        var footer = whole.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(whole.Length - 8));
        var chance = new Random(17);
        var refused = 0;
        for (var i = 0; i < 200; i++)
        {
            var bytes = (byte[])whole.Clone();
            var place = chance.Next(footer, whole.Length);
            bytes[place] = (byte)(bytes[place] ^ (1 << chance.Next(8)));
            await File.WriteAllBytesAsync(path, bytes, Stop);
            try
            {
                using var session = workspace.Tables.OpenSession();
                session.Attach("t", workspace.Log("t")!);
                _ = session.Rows("select id, text, list from t", reader => reader.IsDBNull(0));
            }
            catch (MillraceException)
            {
                refused++;
            }
        }

        Assert.True(refused > 50, $"{refused} were refused.");
    }

    [Fact]
    public async Task A_log_whose_newest_entry_is_cut_off_is_neither_read_nor_written_over()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows);
        await workspace.AppendAsync("t", "select 99::bigint as id, 'x' as text, [1::bigint] as list");
        var entry = Path.Combine(workspace.TableFolder("t"), "_delta_log", "00000000000000000001.json");
        var whole = await File.ReadAllBytesAsync(entry, Stop);
        await File.WriteAllBytesAsync(entry, whole[..(whole.Length / 2)], Stop);

        await Assert.ThrowsAsync<MillraceException>(() => workspace.AppendAsync("t", Rows));
        await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.Editor.WriteAsync("t", Rows, new(), cancellationToken: Stop));

        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(entry)!, "*.json").Length);
        Assert.Equal(whole.Length / 2, new FileInfo(entry).Length);
        // The version before can still be read, and with its entry back so can all.
        Assert.Equal(50, workspace.Tables.OpenAt("t", 0).RowCount);
        await File.WriteAllBytesAsync(entry, whole, Stop);
        Assert.Equal(["51"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task An_entry_that_is_there_twice_counts_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows);
        var log = Path.Combine(workspace.TableFolder("t"), "_delta_log");
        File.Copy(
            Path.Combine(log, "00000000000000000000.json"), Path.Combine(log, "00000000000000000001.json"));

        Assert.Equal(["50"], await workspace.RowsAsync("select count(*) from t"));
        Assert.Equal(50, workspace.Log("t")!.RowCount);
        await workspace.AppendAsync("t", Rows);
        Assert.Equal(100, workspace.Log("t")!.RowCount);
    }

    static void Damage(string path, string damage)
    {
        var bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "empty":
                bytes = [];
                break;
            case "cut":
                bytes = bytes[..(bytes.Length / 2)];
                break;
            case "mark":
                bytes[^1] = (byte)'X';
                break;
            case "length":
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(bytes.Length - 8), 5);
                break;
            case "huge":
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 8), uint.MaxValue);
                break;
            case "zero":
                bytes.AsSpan(bytes.Length / 2).Clear();
                break;
            default:
                File.Delete(path);
                return;
        }

        File.WriteAllBytes(path, bytes);
    }
}
