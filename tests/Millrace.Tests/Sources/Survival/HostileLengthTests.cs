using System.Buffers.Binary;
using Millrace.Tables;
using Millrace.Tables.Profiles;
using Millrace.Tables.Queries;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom.Survival;

/// <summary>Parquet files whose lengths lie: an error that is told, and nothing in the table, or the rows
/// that the file still says.</summary>
public sealed class HostileLengthTests
{
    static readonly uint[] Lies = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x0100_0000, 0xffff_fff0];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lengths_of_a_parquet_file_that_lie_are_told()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = Path.Combine(workspace.Outside, "whole.parquet");
        using (var session = workspace.Tables.OpenSession())
        {
            session.Execute(
                "copy (select i::bigint as id, 'text ' || i as text, [i, i + 1] as list, {'a': i, 'b': 'x' || i} as s "
                + $"from range(40) t(i)) to '{path}' (format parquet)", Stop);
        }

        var whole = await File.ReadAllBytesAsync(path, Stop);
        var footer = whole.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(whole.Length - 8));
        // Every place of the headers of pages and of the footer, where lengths and counts are.
        var chance = new Random(3);
        var places = Enumerable.Range(4, 60)
            .Concat(Enumerable.Range(0, 150).Select(_ => chance.Next(footer, whole.Length - 4)))
            .Append(whole.Length - 8);

        var refused = await LieAsync(workspace, "a.parquet", whole, places);

        Assert.True(refused > 20, $"{refused} were refused.");
    }

    [Fact]
    public async Task Files_that_lie_are_told_to_queries_frames_and_profiles_alike()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = Path.Combine(workspace.Outside, "whole.parquet");
        using (var session = workspace.Tables.OpenSession())
        {
            session.Execute($"copy (select i as id from range(9) t(i)) to '{path}' (format parquet)", Stop);
        }

        var bytes = await File.ReadAllBytesAsync(path, Stop);
        // Where the head of the first page was.
        bytes.AsSpan(4, 12).Fill(0xff);
        var bad = Path.Combine(workspace.Outside, "bad.parquet");
        await File.WriteAllBytesAsync(bad, bytes, Stop);

        using (var session = workspace.Tables.OpenSession())
        {
            Assert.Equal("file-damaged", CodeOf(() => Check(session, bad)));
            Assert.Equal(
                "file-damaged",
                CodeOf(() => Check(session, Path.Combine(workspace.Outside, "*.parquet"))));
            SqlFiles.CheckParquet(session, [path, "no-file.parquet", "no-*.parquet"]);
            Assert.Equal([bad], SqlReader.Read(
                session, $"from read_parquet(['{bad}'], union_by_name = true)").ParquetFiles);
        }

        Assert.Equal("file-damaged", CodeOf(() => workspace.Tables.Frames.Parquet(path, bad).Schema()));
        Assert.Equal("file-damaged", (await Assert.ThrowsAsync<MillraceException>(
            () => new TableProfiler(workspace.Outside).ProfileAsync([bad], cancellationToken: Stop))).Code);
        Assert.Equal("source-damaged", (await Assert.ThrowsAsync<MillraceException>(
            () => workspace.IngestAsync("t", "bad.parquet"))).Code);

        static object? Check(SqlSession session, string pattern)
        {
            SqlFiles.CheckParquet(session, [pattern]);
            return null;
        }

        static string CodeOf(Func<object?> read) => Assert.Throws<MillraceException>(read).Code;
    }

    static async Task<int> LieAsync(TestWorkspace workspace, string name, byte[] whole, IEnumerable<int> places)
    {
        var refused = 0;
        var versions = -1L;
        foreach (var (place, i) in places.Select((place, i) => (place, i)))
        {
            var bytes = (byte[])whole.Clone();
            BinaryPrimitives.WriteUInt32LittleEndian(
                bytes.AsSpan(Math.Min(place, bytes.Length - 4)), Lies[i % Lies.Length]);
            workspace.WriteFile(name, bytes);
            try
            {
                await workspace.IngestAsync("t", name, settings => settings with { IsDryRun = i % 3 != 0 });
            }
            catch (MillraceException failure)
            {
                refused++;
                Assert.Contains(failure.Kind, (ErrorKind[])[ErrorKind.Corrupt, ErrorKind.Invalid]);
            }

            var now = workspace.Log("t")?.Version ?? -1;
            Assert.True(now <= versions + 1);
            versions = now;
        }

        return refused;
    }
}
