using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The whole way from DVC and git-lfs, and git-lfs against the server.</summary>
public sealed class ImportTests(TestRun run)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dvc_project_is_imported_and_checked_out()
    {
        using var scratch = new ScratchFolder();
        var content = await ProjectAsync(scratch["project"]);
        var cli = run.Cli(scratch["store"], ("MILLRACE_AUTHOR", "Ann <ann@example.org>"));
        Directory.CreateDirectory(scratch["store"]);
        (await cli.RunAsync("init")).Ended(0);

        (await cli.RunAsync("dvc", "import", "../project")).Ended(0).Says("import:project");
        var listed = (await cli.RunAsync("ls", "import:project", "--recursive", "--json")).Ended(0).Json.AsArray();
        (await cli.RunAsync("cat", "import:project:data/nothing")).Ended(3).Says("path-unknown");
        (await cli.RunAsync("checkout", "import:project", "--", "data/1")).Ended(0);
        Assert.Equal(content[0], await File.ReadAllBytesAsync(scratch["store/data/1"], Cancel));
        Assert.False(File.Exists(scratch["store/data/2"]));
        (await cli.RunAsync("add", "--from", "import:project")).Ended(0).Says("2 of 3 files staged");
        (await cli.RunAsync("commit", "-m", "from DVC")).Ended(0);
        (await cli.RunAsync("checkout", "import:project")).Ended(0);
        (await cli.RunAsync("checkout", "main")).Ended(0);

        Assert.Equal(["data/1", "data/2", "model"], listed.Select(file => file!["path"]!.GetValue<string>()));
        Assert.Equal(content[1], await File.ReadAllBytesAsync(scratch["store/data/2"], Cancel));
        Assert.Equal(content[2], await File.ReadAllBytesAsync(scratch["store/model"], Cancel));
        Assert.Equal("", (await cli.RunAsync("diff", "import:project", "main")).Ended(0).Output);
        Assert.Equal("", (await cli.RunAsync("status", "--short")).Ended(0).Output);
        Assert.Contains("2 files", (await cli.RunAsync("du", "import:project")).Ended(0).Output);
        (await cli.RunAsync("dvc", "remove", "project")).Ended(0);
        (await cli.RunAsync("gc", "--grace", "0")).Ended(0);
        (await cli.RunAsync("fsck")).Ended(0);
    }

    [Fact]
    public async Task Pointers_take_the_places_of_dvc_files()
    {
        using var scratch = new ScratchFolder();
        var content = await ProjectAsync(scratch["project"]);
        var project = await GitRepository.MakeAsync(run, scratch["project"], hasWorkspace: false);
        await project.GitAsync("add", "-A");
        await project.GitAsync("commit", "-q", "-m", "with DVC");
        await project.MillraceAsync("init");

        await project.MillraceAsync("dvc", "import", ".");
        await project.MillraceAsync("add", "--from", "import:project");
        await project.GitAsync("rm", "-q", "data.dvc", "model.dvc");
        await project.GitAsync("add", "-A");
        await project.GitAsync("commit", "-q", "-m", "with Millrace");
        Directory.Delete(scratch["project/data"], recursive: true);
        await project.MillraceAsync("checkout");

        Assert.Equal(content[0], await File.ReadAllBytesAsync(scratch["project/data/1"], Cancel));
        Assert.Equal(content[2], await File.ReadAllBytesAsync(scratch["project/model"], Cancel));
        Assert.Equal(
            ".dvc/.gitignore\n.dvc/config\n.gitattributes\n.gitignore\ndata.millrace\nmodel.millrace\n",
            await project.GitAsync("ls-files"));
        Assert.Equal("", await project.GitAsync("status", "--short"));
    }

    [Fact]
    public async Task A_git_lfs_repository_goes_over_to_pointers()
    {
        using var scratch = new ScratchFolder();
        var repository = await LfsRepositoryAsync(scratch["photos"]);
        var content = await File.ReadAllBytesAsync(scratch["photos/raw/a.bin"], Cancel);
        await repository.MillraceAsync("init");

        await repository.MillraceAsync("lfs", "import", ".", "--name", "before");
        var refused = (await run.Cli(scratch["photos"]).RunAsync("add", "--from", "import:before")).Ended(4);
        refused.Says("tracked-by-git", "git rm -r --cached raw");
        await repository.GitAsync("rm", "-r", "-q", "--cached", "raw");
        await repository.MillraceAsync("add", "--from", "import:before");
        await repository.GitAsync("lfs", "untrack", "*.bin");
        await repository.GitAsync("add", "-A");
        await repository.GitAsync("commit", "-q", "-m", "with Millrace");
        Directory.Delete(scratch["photos/raw"], recursive: true);
        await repository.MillraceAsync("checkout");

        Assert.Equal(content, await File.ReadAllBytesAsync(scratch["photos/raw/a.bin"], Cancel));
        Assert.Equal(
            ".gitattributes\n.gitignore\nraw.millrace\n", await repository.GitAsync("ls-files"));
    }

    [Fact]
    public async Task Git_lfs_pushes_to_the_server_with_its_token_and_fetches_from_it()
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["store"]);
        var cli = run.Cli(scratch["store"]);
        (await cli.RunAsync("init")).Ended(0);
        await using var server = cli.Start("serve", "--only", "api", "--port", "0");
        await server.UntilItSaysAsync("Ready.");
        var address = server.Error.Split('\n').First(line => line.StartsWith("API", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var repository = await LfsRepositoryAsync(scratch["photos"]);
        await repository.GitAsync("init", "-q", "--bare", "-b", "main", scratch["hub.git"]);
        await repository.GitAsync("remote", "add", "origin", scratch["hub.git"]);
        await repository.GitAsync("config", "lfs.url", $"{address}/photos.git/info/lfs");

        var (refused, said) = await repository.TryGitAsync("push", "-q", "origin", "main");
        await GiveTokenAsync(repository, address, scratch["store"]);
        await repository.GitAsync("push", "-q", "origin", "main");
        await repository.GitAsync("lfs", "lock", "raw/a.bin");
        var locks = await repository.GitAsync("lfs", "locks");
        await repository.GitAsync("lfs", "unlock", "raw/a.bin");

        await repository.GitAsync("clone", "-q", scratch["hub.git"], scratch["clone"]);
        var clone = await GitRepository.MakeAsync(run, scratch["clone"], hasWorkspace: false);
        await clone.GitAsync("lfs", "install", "--local");
        await clone.GitAsync("config", "lfs.url", $"{address}/photos.git/info/lfs");
        await GiveTokenAsync(clone, address, scratch["store"]);
        await clone.GitAsync("lfs", "pull");

        Assert.True(refused != 0, said);
        Assert.Contains("raw/a.bin", locks, StringComparison.Ordinal);
        Assert.Contains("ann", locks, StringComparison.Ordinal);
        Assert.Equal(
            await File.ReadAllBytesAsync(scratch["photos/raw/a.bin"], Cancel),
            await File.ReadAllBytesAsync(scratch["clone/raw/a.bin"], Cancel));
        var objects = JsonNode.Parse((await cli.RunAsync("lfs", "list", "photos", "--json")).Ended(0).Output)!;
        Assert.Single(objects.AsArray());
        server.Interrupt();
        (await server.EndAsync()).Ended(0);
    }

    /// <summary>As the guide has it.</summary>
    static Task GiveTokenAsync(GitRepository repository, string address, string store) => repository.GitAsync(
        "config", $"credential.{address}.helper",
        $"!f() {{ test \"$1\" = get && echo username=ann && echo \"password=$(cat '{store}/.millrace/keys/token')\"; "
        + "}; f");

    async Task<GitRepository> LfsRepositoryAsync(string folder)
    {
        var repository = await GitRepository.MakeAsync(run, folder, hasWorkspace: false);
        await repository.GitAsync("lfs", "install", "--local");
        await repository.GitAsync("lfs", "track", "*.bin");
        var content = new byte[100_000];
        new Random(3).NextBytes(content);
        Directory.CreateDirectory(Path.Join(folder, "raw"));
        await File.WriteAllBytesAsync(Path.Join(folder, "raw/a.bin"), content, Cancel);
        await repository.GitAsync("add", "-A");
        await repository.GitAsync("commit", "-q", "-m", "with git-lfs");
        return repository;
    }

    /// <summary>A project as DVC 3 leaves it: a folder of two files and one more file, checked out.</summary>
    /// <returns>The content of <c>data/1</c>, <c>data/2</c> and <c>model</c>.</returns>
    static async Task<byte[][]> ProjectAsync(string folder)
    {
        var content = Enumerable.Range(1, 3).Select(number =>
        {
            var bytes = new byte[10_000 * number];
            new Random(number).NextBytes(bytes);
            return bytes;
        }).ToArray();
        await WriteAsync(folder, ".dvc/config", "[core]\n"u8.ToArray());
        await WriteAsync(folder, ".dvc/.gitignore", "/config.local\n/tmp\n/cache\n"u8.ToArray());
        await WriteAsync(folder, ".gitignore", "/data\n/model\n"u8.ToArray());
        await WriteAsync(folder, "data/1", content[0]);
        await WriteAsync(folder, "data/2", content[1]);
        await WriteAsync(folder, "model", content[2]);
        var digests = new List<string>();
        foreach (var bytes in content)
            digests.Add(await CacheAsync(folder, bytes, ""));
        var manifest = await CacheAsync(
            folder,
            System.Text.Encoding.UTF8.GetBytes(
                $$"""[{"md5": "{{digests[0]}}", "relpath": "1"}, {"md5": "{{digests[1]}}", "relpath": "2"}]"""),
            ".dir");
        await WriteAsync(folder, "data.dvc", System.Text.Encoding.UTF8.GetBytes(
            $"outs:\n- md5: {manifest}\n  size: 30000\n  nfiles: 2\n  hash: md5\n  path: data\n"));
        await WriteAsync(folder, "model.dvc", System.Text.Encoding.UTF8.GetBytes(
            $"outs:\n- md5: {digests[2]}\n  size: 30000\n  hash: md5\n  path: model\n"));
        return content;
    }

    static async Task<string> CacheAsync(string folder, byte[] bytes, string suffix)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(bytes);
        var digest = Convert.ToHexStringLower(md5.GetHashAndReset()) + suffix;
        await WriteAsync(folder, $".dvc/cache/files/md5/{digest[..2]}/{digest[2..]}", bytes);
        return digest;
    }

    static Task WriteAsync(string folder, string path, byte[] bytes)
    {
        var file = Path.Join(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return File.WriteAllBytesAsync(file, bytes, Cancel);
    }
}
