using System.Diagnostics;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Sources and targets that are no common files.</summary>
public sealed class SpecialFileTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_that_leads_back_gives_no_file_twice()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("tree/a.txt", "hello");
        workspace.WriteFile("tree/sub/b.txt", "world");
        Directory.CreateSymbolicLink(Path.Combine(workspace.Outside, "tree", "loop"), ".");
        Directory.CreateSymbolicLink(Path.Combine(workspace.Outside, "tree", "also"), "sub");

        var report = await workspace.IngestAsync("t", "tree", settings => settings with { Kind = FileKind.Text });
        workspace.WriteFile("lines/x/a.csv", "a,b\n1,x\n");
        Directory.CreateSymbolicLink(Path.Combine(workspace.Outside, "lines", "x", "loop"), "..");
        var rows = await workspace.IngestAsync("u", "lines/**/*.csv");

        Assert.Equal((2, 0), (report.Rows, report.Quarantined));
        Assert.Equal(["a.txt", "sub/b.txt"], await workspace.RowsAsync("select path from t order by path"));
        Assert.Equal((1, 1), (rows.Rows, rows.Files.Count));
    }

    [Fact]
    public async Task A_pipe_and_a_link_to_nothing_in_a_folder_are_quarantined_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("tree/a.txt", "hello");
        MakePipe(Path.Combine(workspace.Outside, "tree", "pipe"));
        File.CreateSymbolicLink(Path.Combine(workspace.Outside, "tree", "nowhere"), "gone");

        var report = await workspace.IngestAsync("t", "tree", settings => settings with { Kind = FileKind.Files });
        var again = await workspace.IngestAsync("t", "tree", settings => settings with { Kind = FileKind.Files });

        Assert.Equal((1, 2, 0), (report.Rows, report.Quarantined, again.Records));
        Assert.Equal(
            ["nowhere|It can't be read: No such file or directory.", "pipe|It is a pipe."],
            await workspace.RowsAsync("select file, reason from \"t$quarantine\" order by file"));
    }

    [Fact]
    public async Task A_pipe_is_read_to_its_end()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var pipe = Path.Combine(workspace.Outside, "pipe.csv");
        MakePipe(pipe);
        var writing = Task.Run(() => File.WriteAllText(pipe, "a,b\n1,x\n2\n"), Stop);

        var report = await workspace.IngestAsync("t", "pipe.csv");
        await writing;

        Assert.Equal((1, 1), (report.Rows, report.Quarantined));
    }

    [Fact]
    public async Task Who_waits_for_a_pipe_can_be_cancelled()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var pipe = Path.Combine(workspace.Outside, "pipe.csv");
        MakePipe(pipe);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => workspace.Open.Sources.IngestAsync(
            new IngestSettings { Table = "t", Sources = [pipe] }, null, stop.Token)));

        // Whoever waits in the kernel goes on once somebody comes.
        await File.WriteAllTextAsync(pipe, "", Stop);
    }

    [Fact]
    public async Task A_source_behind_a_link_is_noticed_when_it_changes()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("real.csv", "a,b\n1,x\n");
        File.CreateSymbolicLink(Path.Combine(workspace.Outside, "link.csv"), "real.csv");

        var report = await workspace.IngestAsync("t", "link.csv");

        Assert.Equal(1, report.Rows);
    }

    [Fact]
    public async Task An_export_follows_a_link_and_keeps_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as a");
        var real = workspace.WriteFile("real/out.csv", "old");
        var link = Path.Combine(workspace.Outside, "out.csv");
        File.CreateSymbolicLink(link, real);

        await ExportAsync(workspace, link, replaces: true);

        Assert.Equal("a\n1\n", await File.ReadAllTextAsync(real, Stop));
        Assert.Equal(real, new FileInfo(link).LinkTarget);
    }

    [Fact]
    public async Task An_export_is_written_through_a_pipe_and_leaves_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as a");
        var pipe = Path.Combine(workspace.Outside, "pipe.csv");
        MakePipe(pipe);
        var reading = Task.Run(() => File.ReadAllText(pipe), Stop);

        await ExportAsync(workspace, pipe, replaces: true);

        Assert.Equal("a\n1\n", await reading);
        Assert.True(Millrace.Sources.Loading.SourceStatus.Of(pipe) is { IsRegularFile: false });
    }

    [Theory]
    [InlineData("gone/x.csv", "target-missing")]
    [InlineData("folder", "target-invalid")]
    [InlineData("loop.csv", "target-invalid")]
    public async Task An_export_to_a_place_that_takes_no_file_is_refused_before_the_work(string name, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as a");
        Directory.CreateDirectory(Path.Combine(workspace.Outside, "folder"));
        File.CreateSymbolicLink(Path.Combine(workspace.Outside, "loop.csv"), "loop.csv");

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => ExportAsync(workspace, Path.Combine(workspace.Outside, name), replaces: true));

        Assert.Equal(code, refused.Code);
    }

    [Fact]
    public async Task What_a_killed_export_left_is_deleted_a_day_later()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as a");
        var old = workspace.WriteFile($"out/.tmp-{new string('a', 32)}", "half");
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromDays(2));
        var young = workspace.WriteFile($"out/.tmp-{new string('b', 32)}", "half");
        var other = workspace.WriteFile("out/.tmp-mine", "mine");
        File.SetLastWriteTimeUtc(other, TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromDays(2));

        await ExportAsync(workspace, Path.Combine(workspace.Outside, "out", "t.csv"), replaces: false);

        Assert.Equal((false, true, true), (File.Exists(old), File.Exists(young), File.Exists(other)));
    }

    static Task<ExportReport> ExportAsync(TestWorkspace workspace, string target, bool replaces) =>
        workspace.Open.Sources.ExportAsync(
            new ExportSettings { Table = "t", Target = target, Format = SourceFormat.Csv, Replaces = replaces }, null,
            Stop);

    static void MakePipe(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
