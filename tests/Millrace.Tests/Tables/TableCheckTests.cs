using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

public sealed class TableCheckTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_workspace_has_no_problems_and_leftovers_are_only_named()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        await workspace.AppendAsync("t", "select 2 as id");
        var left = workspace.Stage("t", TableMode.Append, "select 3 as id").Files[0];

        var report = await CheckAsync(workspace);

        Assert.Empty(report.Problems);
        Assert.Equal((1, 2, 2), (report.TableCount, report.VersionCount, report.FileCount));
        Assert.Equal([left.Path], report.UnpublishedFiles.Select(Path.GetFileName));
    }

    [Fact]
    public async Task Each_kind_of_damage_is_named_and_does_not_hide_another()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        foreach (var table in new[] { "changed", "cut", "gone", "lost_log", "lost_folder", "outside" })
            await workspace.AppendAsync(table, "select 1 as id");
        Change("changed", bytes => bytes[^10] ^= 1);
        File.WriteAllBytes(FileOf("cut"), File.ReadAllBytes(FileOf("cut"))[..^1]);
        File.Delete(FileOf("gone"));
        Directory.Delete(Path.Join(workspace.TableFolder("lost_log"), "_delta_log"), recursive: true);
        Directory.Delete(workspace.TableFolder("lost_folder"), recursive: true);
        var entry = Path.Join(workspace.TableFolder("outside"), "_delta_log", $"{0:D20}.json");
        File.WriteAllText(entry, File.ReadAllText(entry).Replace("\"path\":\"", "\"path\":\"..%2F"));

        var report = await CheckAsync(workspace);

        Assert.Equal(
            ["changed", "cut", "gone", "lost_folder", "lost_log", "outside"],
            report.Problems.Select(problem => problem.Split([':', '@'])[1]));

        string FileOf(string table) =>
            Directory.EnumerateFiles(workspace.TableFolder(table), "*.parquet").Single();

        void Change(string table, Action<byte[]> change)
        {
            var bytes = File.ReadAllBytes(FileOf(table));
            change(bytes);
            File.WriteAllBytes(FileOf(table), bytes);
        }
    }

    [Fact]
    public async Task A_version_whose_log_names_other_files_than_were_published_is_named()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1 as id");
        await workspace.OverwriteAsync("t", "select 2 as id");
        await workspace.ExecuteAsync($"update version set hash = '{new string('1', 64)}' where number = 1");

        var report = await CheckAsync(workspace);

        Assert.StartsWith("table:t@v1: its log names other content than was published", Assert.Single(report.Problems));
    }

    [Fact]
    public async Task The_objects_of_all_versions_are_roots_and_a_lost_list_is_named()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var (a, b) = (new string('a', 64), new string('b', 64));
        await workspace.OverwriteAsync("t", $"select 'object:{a}' as photo");
        await workspace.OverwriteAsync("t", $"select 'object:{b}' as photo");

        Assert.Equal([a, b], (await RootsAsync(workspace)).Select(root => root.Hash.ToString()).Order());

        Directory.Delete(Path.Join(workspace.TableFolder("t"), "_objects"), recursive: true);
        Assert.All((await CheckAsync(workspace)).Problems, problem => Assert.Contains("_objects", problem));
        Assert.Equal(
            "object-list-missing",
            (await Assert.ThrowsAsync<MillraceException>(() => RootsAsync(workspace))).Code);
    }

    static Task<TableReport> CheckAsync(TestWorkspace workspace) =>
        new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop);

    static async Task<List<ObjectRoot>> RootsAsync(TestWorkspace workspace)
    {
        var roots = new List<ObjectRoot>();
        await foreach (var root in ((IRootSource)workspace.Tables).RootsAsync(Stop)) roots.Add(root);
        return roots;
    }
}
