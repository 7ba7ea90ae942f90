using System.Security.Cryptography;
using System.Text;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Tests.TablesRoom;
using Millrace.Versions;
using Millrace.Versions.Dvc;

namespace Millrace.Tests.VersionsRoom;

public sealed class DvcImportTests : IAsyncLifetime
{
    readonly ScratchFolder _scratch = new();
    TestWorkspace _workspace = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    string Project => _scratch["project"];

    Workspace Open => _workspace.Open;

    DvcImport Import => new(Open.Objects, Open.Digests, Open.Imports);

    DvcExport Export => new(Open.Objects, Open.Digests);

    public async ValueTask InitializeAsync()
    {
        _workspace = await TestWorkspace.CreateAsync();
        Directory.CreateDirectory(Path.Combine(Project, ".dvc"));
    }

    public async ValueTask DisposeAsync()
    {
        await _workspace.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_project_becomes_a_tree_with_its_paths()
    {
        WriteData();
        Write("model.bin", "model");
        Track("sub/model.bin", "  isexec: true\n", Cache(".dvc/cache/files/md5", "model"u8));

        var result = await ImportAsync();

        Assert.Equal(
            ["data/1=1\n", "data/2=2\n", "data/3=3\n", "sub/model.bin=model*"], Contents(result));
        Assert.Equal(5, result.CopiedCount);
        Assert.Equal(0, (await ImportAsync()).CopiedCount);
        Assert.Contains(
            result.Tree!.Value,
            await Open.Imports.RootsAsync(Stop).Select(root => root.Hash).ToListAsync(Stop));
    }

    [Fact]
    public async Task An_object_that_the_cache_has_not_comes_from_the_remote()
    {
        WriteData();
        Write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../remote\n");
        Directory.Move(Path.Combine(Project, ".dvc/cache"), _scratch["remote"]);

        var result = await ImportAsync();

        Assert.Equal(3, result.FileCount);
        Assert.Equal(6, result.SizeBytes);
    }

    [Fact]
    public async Task Bytes_that_are_not_what_their_name_says_are_refused_and_the_next_source_is_asked()
    {
        WriteData();
        var two = Path.Combine(Project, ".dvc/cache/files/md5/26/ab0db90d72e28ad0ba1e22ee510510");
        Directory.CreateDirectory(_scratch["good/files/md5/26"]);
        File.Copy(two, _scratch["good/files/md5/26/ab0db90d72e28ad0ba1e22ee510510"]);
        File.WriteAllText(two, "bad");

        var refusal = await Assert.ThrowsAsync<MillraceException>(() => ImportAsync());
        var result = await ImportAsync(sources: DvcSource.OfFolder(_scratch["good"]));

        Assert.Equal("dvc-object-damaged", refusal.Code);
        Assert.Contains("26ab0db90d72e28ad0ba1e22ee510510", refusal.Message);
        Assert.Equal(1, result.CopiedCount);
    }

    [Fact]
    public async Task A_sweep_in_the_middle_of_an_import_drops_nothing_that_it_relies_on()
    {
        WriteData();
        var known = Open.Objects.Put("2\n"u8);
        await Open.Digests.RememberAsync(DvcDigest.Md5, [(known, Md5("2\n"u8))], Stop);
        var clock = new SetClock();
        Task<SweepReport> SweepAsync() =>
            new ObjectSweep(Open.Objects, clock).SweepAsync(Open.RootSources, new SweepOptions(), Stop);
        await SweepAsync();
        clock.Advance(TimeSpan.FromHours(25));
        var project = await DvcProject.OpenAsync(Project, null, Stop);
        var seen = 0;
        // The first is the manifest; at the second it was asked which files are here.
        var progress = new OnReport(() =>
        {
            if (Interlocked.Increment(ref seen) == 2)
                SweepAsync().GetAwaiter().GetResult();
        });

        var result = await Import.ImportAsync(project, project.Sources, new("a"), progress, Stop);

        Assert.True(seen >= 2);
        Assert.Equal(["data/1=1\n", "data/2=2\n", "data/3=3\n"], Contents(result));
    }

    [Fact]
    public async Task A_missing_object_is_named_and_nothing_is_recorded()
    {
        WriteData();
        File.Delete(Path.Combine(Project, ".dvc/cache/files/md5/26/ab0db90d72e28ad0ba1e22ee510510"));

        var refusal = await Assert.ThrowsAsync<MillraceException>(() => ImportAsync());

        Assert.Equal("dvc-object-missing", refusal.Code);
        Assert.Empty(await Open.Imports.ListAsync(Stop));
    }

    [Fact]
    public async Task A_project_of_dvc_2_is_read_by_its_own_rules()
    {
        var text = "a\r\nb\r\n"u8.ToArray();
        var md5 = Md5("a\nb\n"u8);
        Write($".dvc/cache/{md5[..2]}/{md5[2..]}", text);
        Write("a.dvc", $"outs:\n- md5: {md5}\n  size: 6\n  path: a\n");

        var result = await ImportAsync();

        Assert.Equal(["a=a\r\nb\r\n"], Contents(result));
    }

    [Fact]
    public async Task What_stages_wrote_is_taken_from_the_lock()
    {
        var md5 = Cache(".dvc/cache/files/md5", "x"u8);
        Write("p/dvc.yaml", """
            stages:
              s@ignored: {cmd: c}
              s:
                foreach: [1]
                do: {cmd: c, wdir: w, outs: [out, {"m${item}.json": {cache: false}}]}
            """);
        Write("p/dvc.lock", $"""
            schema: '2.0'
            stages:
              s@1:
                cmd: c
                outs:
                - path: out
                  hash: md5
                  md5: {md5}
                - path: m1.json
                  hash: md5
                  md5: {new string('0', 32)}
            """);

        Assert.Equal(["p/w/out=x"], Contents(await ImportAsync()));
    }

    [Fact]
    public async Task A_revision_is_read_from_git()
    {
        await Git.InitAsync(Project);
        WriteData();
        Write(".gitignore", "/data\n/.dvc/cache\n");
        await Git.RunAsync(Project, ["add", "."]);
        await Git.RunAsync(Project, ["commit", "-qm", "a"]);
        File.Delete(Path.Combine(Project, "data.dvc"));
        var project = await DvcProject.OpenAsync(Project, "HEAD", Stop);

        var result = await Import.ImportAsync(project, project.Sources, new("old"), null, Stop);

        Assert.Equal(3, result.FileCount);
        Assert.EndsWith("@HEAD", (await Open.Imports.FindAsync("old", Stop))!.Origin);
    }

    [Fact]
    public async Task Attached_files_are_copied_when_they_are_asked_for()
    {
        WriteData();
        var project = await DvcProject.OpenAsync(Project, null, Stop);

        var attached = await Import.ImportAsync(project, project.Sources, new("a", IsAttached: true), null, Stop);
        var first = await Import.FetchAsync("a", "data/1", project.Sources, null, Stop);
        var roots = await Open.Imports.RootsAsync(Stop).ToListAsync(Stop);
        var all = await Import.FetchAsync("a", "", project.Sources, null, Stop);

        Assert.Null(attached.Tree);
        Assert.Equal(3, attached.AttachedCount);
        Assert.Equal(2, first.AttachedCount);
        Assert.Equal(1, first.CopiedCount);
        // What was copied already is no rubbish.
        Assert.Equal("data/1 in import a", Assert.Single(roots).ReferencedBy);
        Assert.Equal((await ImportAsync()).Tree, all.Tree);
        Assert.Empty(await Open.Imports.AttachedAsync("a", Stop));
    }

    [Theory]
    [InlineData("../x", "dvc-path-outside")]
    [InlineData("/x", "dvc-path-outside")]
    public async Task A_hostile_path_is_refused(string path, string code)
    {
        var md5 = Cache(".dvc/cache/files/md5", "x"u8);
        Write("x.dvc", $"outs:\n- md5: {md5}\n  hash: md5\n  path: {path}\n");

        Assert.Equal(code, (await Assert.ThrowsAsync<MillraceException>(() => ImportAsync())).Code);
    }

    [Fact]
    public async Task A_pipe_in_the_cache_is_refused_and_not_waited_for()
    {
        WriteData();
        var two = Path.Combine(Project, ".dvc/cache/files/md5/26/ab0db90d72e28ad0ba1e22ee510510");
        File.Delete(two);
        await Git.Program.RunAsync("mkfifo", "/", [two]);

        Assert.Equal("file-unreadable", (await Assert.ThrowsAsync<MillraceException>(() => ImportAsync())).Code);
    }

    [Fact]
    public async Task An_import_is_in_the_lineage()
    {
        WriteData();

        var result = await ImportAsync();

        var version = Assert.Single(await Open.Lineage.VersionsAsync("file", "a", Stop));
        Assert.Equal(result.Tree.ToString(), version.Hash);
        Assert.NotNull(version.RunId);
    }

    [Fact]
    public async Task Two_outputs_of_one_path_are_refused()
    {
        var md5 = Cache(".dvc/cache/files/md5", "x"u8);
        Write("x.dvc", $"outs:\n- md5: {md5}\n  hash: md5\n  path: a\n");
        Write("y.dvc", $"outs:\n- md5: {md5}\n  hash: md5\n  path: a/b\n");

        Assert.Equal("dvc-path-twice", (await Assert.ThrowsAsync<MillraceException>(() => ImportAsync())).Code);
    }

    [Fact]
    public async Task An_export_is_what_dvc_itself_would_have_written()
    {
        WriteData();
        var result = await ImportAsync();
        var target = _scratch["target"];
        var entry = new TreeStore(Open.Objects).Find(result.Tree!.Value, "data")!;

        var export = await Export.ExportAsync(entry, target, "data", null, Stop);
        var again = await Export.ExportAsync(entry, target, "data", null, Stop);

        Assert.Equal(File.ReadAllText(Path.Combine(Project, "data.dvc")), File.ReadAllText(export.File));
        Assert.Equal(CacheFiles(Project), CacheFiles(target));
        Assert.Equal("/data\n", File.ReadAllText(Path.Combine(target, ".gitignore")));
        Assert.Equal((4, 0), (export.WrittenCount, again.WrittenCount));
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(target, ".dvc/cache/files/md5"), "*", SearchOption.AllDirectories),
            file => Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_damaged_file_of_the_cache_is_written_again()
    {
        WriteData();
        var entry = new TreeStore(Open.Objects).Find((await ImportAsync()).Tree!.Value, "data")!;
        var export = await Export.ExportAsync(entry, _scratch["target"], "data", null, Stop);
        var file = Path.Combine(_scratch["target"], ".dvc/cache/files/md5/26/ab0db90d72e28ad0ba1e22ee510510");
        File.Delete(file);
        File.WriteAllText(file, "bad");

        var again = await Export.ExportAsync(entry, _scratch["target"], "data", null, Stop);

        Assert.Equal(export.Digest, again.Digest);
        Assert.Equal("2\n", File.ReadAllText(file));
    }

    [Fact]
    public async Task A_tree_whose_file_is_missing_leaves_no_manifest_behind()
    {
        using var batch = Open.Objects.BeginBatch();
        var missing = new TreeEntry("a", TreeEntryKind.File, Millrace.Objects.ContentHash.Of("gone"u8), 4, 1);
        var entry = TreeStore.Write(batch, "", [missing]);
        await batch.CommitAsync(Stop);

        var refusal = await Assert.ThrowsAsync<MillraceException>(
            () => Export.ExportAsync(entry, _scratch["target"], "data", null, Stop));

        Assert.Equal("object-missing", refusal.Code);
        Assert.Empty(CacheFiles(_scratch["target"]));
        Assert.False(File.Exists(_scratch["target/data.dvc"]));
    }

    [Fact]
    public async Task A_folder_comes_back_the_same_through_an_export_and_an_import()
    {
        string[] names = ["é", "日本/語", "\U0001F600", "\uFFEE!", "a b/c d", "a-b", "a/b", "back\\slash", "q\"'"];
        foreach (var name in names)
            Write($"folder/{name}", $"content of {name}");
        var (entry, _) = await new TreeLookup(Open.Objects, Open.Imports).FindAsync(
            Path.Combine(Project, "folder"), cancellationToken: Stop);
        var target = _scratch["target"];
        await Export.ExportAsync(entry, target, "data/in", null, Stop);

        var project = await DvcProject.OpenAsync(target, null, Stop);
        var result = await Import.ImportAsync(project, project.Sources, new("back"), null, Stop);

        Assert.Equal(entry.Hash, new TreeStore(Open.Objects).Find(result.Tree!.Value, "data/in")!.Hash);
    }

    [Fact]
    public async Task A_link_is_refused_by_name()
    {
        Write("folder/a", "a");
        File.CreateSymbolicLink(Path.Combine(Project, "folder/link"), "a");
        var (entry, _) = await new TreeLookup(Open.Objects, Open.Imports).FindAsync(
            Path.Combine(Project, "folder"), cancellationToken: Stop);

        var refusal = await Assert.ThrowsAsync<MillraceException>(
            () => Export.ExportAsync(entry, _scratch["target"], "data", null, Stop));

        Assert.Equal("dvc-cannot-hold", refusal.Code);
        Assert.Contains("link", refusal.Message);
    }

    async Task<DvcImportResult> ImportAsync(params DvcSource[] sources)
    {
        var project = await DvcProject.OpenAsync(Project, null, Stop);
        return await Import.ImportAsync(project, [.. project.Sources, .. sources], new("a"), null, Stop);
    }

    // The folder of the reference: three files, whose manifest has a name that is known.
    void WriteData()
    {
        foreach (var content in (string[])["1\n", "2\n", "3\n"])
            Cache(".dvc/cache/files/md5", Encoding.ASCII.GetBytes(content));
        var manifest = string.Join(
            ", ",
            """{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "1"}""",
            """{"md5": "26ab0db90d72e28ad0ba1e22ee510510", "relpath": "2"}""",
            """{"md5": "6d7fce9fee471194aa8b5b6e47267f03", "relpath": "3"}""");
        Write(".dvc/cache/files/md5/12/f4b7d54a32e58818e27fba28376fba.dir", $"[{manifest}]");
        Write(
            "data.dvc",
            "outs:\n- md5: 12f4b7d54a32e58818e27fba28376fba.dir\n  size: 6\n  nfiles: 3\n  hash: md5\n  path: data\n");
    }

    void Track(string path, string more, string md5) =>
        Write($"{path}.dvc", $"outs:\n- md5: {md5}\n{more}  hash: md5\n  path: {Path.GetFileName(path)}\n");

    string Cache(string folder, ReadOnlySpan<byte> bytes)
    {
        var md5 = Md5(bytes);
        Write($"{folder}/{md5[..2]}/{md5[2..]}", bytes);
        return md5;
    }

    void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Path.Combine(Project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }

    string[] Contents(DvcImportResult result) =>
        [.. new TreeStore(Open.Objects).Files(result.Tree!.Value).Select(file =>
            $"{file.Path}={Encoding.UTF8.GetString(Open.Objects.Read(file.Entry.Hash))}"
            + (file.Entry.Kind == TreeEntryKind.Executable ? "*" : ""))];

    static string[] CacheFiles(string project)
    {
        var cache = Path.Combine(project, ".dvc/cache");
        return [.. Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(cache, file)}={File.ReadAllText(file)}").Order()];
    }

    static string Md5(ReadOnlySpan<byte> bytes)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(bytes);
        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }

    sealed class OnReport(Action action) : IProgress<long>
    {
        public void Report(long value) => action();
    }
}
