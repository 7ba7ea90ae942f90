using System.Diagnostics;
using Millrace.Catalog;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests;

public sealed class WorkspaceTests(SharedPostgres postgres) : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_workspace_is_found_upward_by_its_data_or_by_its_settings()
    {
        Workspace.Create(_scratch["outer"]);
        var inner = Directory.CreateDirectory(_scratch["outer/a/b/c"]).FullName;
        Assert.Equal(_scratch["outer"], Workspace.Find(inner));
        Assert.Equal(_scratch["outer"], Workspace.Find(_scratch["outer"]));

        File.WriteAllText(_scratch["outer/a/millrace.yaml"], "");

        Assert.Equal(_scratch["outer/a"], Workspace.Find(inner));
        Assert.Equal(_scratch["outer"], Workspace.Find(_scratch["outer/not-there-yet"]));
        Assert.Null(Workspace.Find(_scratch.Path));
    }

    [Fact]
    public void Making_a_workspace_again_leaves_it_as_it_is()
    {
        Assert.True(Workspace.Create(_scratch.Path));
        File.WriteAllText(_scratch[".millrace/format"], "7\n");

        Assert.False(Workspace.Create(_scratch.Path));

        Assert.Equal("7\n", File.ReadAllText(_scratch[".millrace/format"]));
    }

    [Fact]
    public async Task A_folder_that_is_no_workspace_is_not_made_one_by_opening_it()
    {
        var error = await Refused();

        Assert.Equal((ErrorKind.NotFound, "workspace-missing"), (error.Kind, error.Code));
        Assert.Contains(_scratch.Path, error.Message);
        Assert.Contains("millrace init", error.Hint);
        Assert.Empty(_scratch.Names());
    }

    [Fact]
    public async Task A_newer_format_is_refused_and_nothing_is_changed()
    {
        Workspace.Create(_scratch.Path);
        File.WriteAllText(_scratch[".millrace/format"], $"{Workspace.FormatVersion + 1}\n");
        var before = Tree();

        var error = await Refused();

        Assert.Equal((ErrorKind.Invalid, "format-newer"), (error.Kind, error.Code));
        Assert.Contains($"{Workspace.FormatVersion + 1}", error.Message);
        Assert.Equal(before, Tree());
    }

    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("-1")]
    public async Task A_format_that_is_no_number_is_called_damaged(string format)
    {
        Workspace.Create(_scratch.Path);
        File.WriteAllText(_scratch[".millrace/format"], format);

        Assert.Equal("format-damaged", (await Refused()).Code);
    }

    [Fact]
    public async Task Wrong_settings_are_told_before_anything_is_made()
    {
        File.WriteAllText(_scratch["millrace.yaml"], "catalog: none\n");

        Assert.Equal("settings-invalid", (await Refused()).Code);
        Assert.Equal(["millrace.yaml"], _scratch.Names());
    }

    [Fact]
    public async Task A_workspace_of_settings_alone_says_its_format_once_it_is_opened()
    {
        File.WriteAllText(_scratch["millrace.yaml"], "catalog:\n  kind: sqlite\n");

        await using (await OpenAsync())
        {
        }

        Assert.Equal($"{Workspace.FormatVersion}\n", File.ReadAllText(_scratch[".millrace/format"]));
        Assert.True(File.Exists(_scratch[".millrace/catalog.db"]));
    }

    [Fact]
    public async Task What_one_opening_wrote_the_next_one_reads()
    {
        Workspace.Create(_scratch.Path);
        await using (var workspace = await OpenAsync())
            await workspace.Catalog.Write(session => session.AddVersion("table", "photos", "ab"));

        await using var again = await OpenAsync();

        var newest = await again.Lineage.NewestAsync(TestContext.Current.CancellationToken);
        Assert.Equal("table:photos@v1", Assert.Single(newest).Label);
    }

    [Fact]
    public async Task A_closed_workspace_leaves_no_temporary_folder_and_no_open_catalog()
    {
        Workspace.Create(_scratch.Path);
        await using (await OpenAsync())
        {
            Assert.Single(Directory.GetDirectories(_scratch[".millrace/tmp"]));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_scratch[".millrace/tmp"]));
        Assert.Equal(
            ["catalog.db"],
            Directory.GetFiles(_scratch[".millrace"], "catalog.db*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_opening_that_fails_half_way_leaves_nothing_open()
    {
        Workspace.Create(_scratch.Path);
        await using (var workspace = await OpenAsync())
        {
            // An intent that cannot be read stops the recovery, after the catalog was opened.
            await workspace.Catalog.Write(session => session.Execute(
                """
                insert into publication_intent (attempt_id, process_id, host, created_at, payload)
                values ('a', 'dead', @host, 0, 'no JSON')
                """,
                ("host", ProcessFolder.Host)));
        }

        await Assert.ThrowsAnyAsync<Exception>(() => OpenAsync());

        Assert.Empty(Directory.GetFileSystemEntries(_scratch[".millrace/tmp"]));
        Assert.Equal(
            ["catalog.db"],
            Directory.GetFiles(_scratch[".millrace"], "catalog.db*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_folder_of_a_killed_process_is_swept_when_the_workspace_is_opened()
    {
        Workspace.Create(_scratch.Path);
        var folder = Directory.CreateDirectory(_scratch[".millrace/tmp/child"]).FullName;
        var start = new ProcessStartInfo(
            "flock", ["--no-fork", Path.Join(folder, FolderLock.FileName), "sh", "-c", "echo held; exec sleep 600"])
        {
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        Assert.Equal("held", await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        await (await OpenAsync()).DisposeAsync();
        Assert.True(Directory.Exists(folder));

        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        await (await OpenAsync()).DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task The_catalog_of_a_server_takes_its_password_from_the_environment()
    {
        var server = await postgres.Server;
        const string Variable = "MILLRACE_TEST_CATALOG_PASSWORD";
        await File.WriteAllTextAsync(
            _scratch["millrace.yaml"],
            $"""
            catalog:
              kind: postgres
              connection: {server.ConnectionWithoutPassword}
              schema: of_workspace
              password-env: {Variable}
            """,
            TestContext.Current.CancellationToken);

        var missing = await Refused();
        Assert.Equal("settings-invalid", missing.Code);
        Assert.Contains(Variable, missing.Message);

        Environment.SetEnvironmentVariable(Variable, PostgresServer.Password);
        await using var workspace = await OpenAsync();

        await workspace.Catalog.Write(session => session.AddVersion("table", "photos", "ab"));
        Assert.Contains("of_workspace", workspace.Catalog.Description);
        Assert.DoesNotContain(PostgresServer.Password, workspace.Catalog.Description);
        Assert.False(File.Exists(_scratch[".millrace/catalog.db"]));
    }

    Task<Workspace> OpenAsync() =>
        Workspace.OpenAsync(_scratch.Path, cancellationToken: TestContext.Current.CancellationToken);

    Task<MillraceException> Refused() => Assert.ThrowsAsync<MillraceException>(OpenAsync);

    List<string> Tree() => [.. Directory.EnumerateFileSystemEntries(_scratch.Path, "*", SearchOption.AllDirectories)
        .Select(path => File.Exists(path) ? $"{path} {File.ReadAllText(path)}" : path).Order(StringComparer.Ordinal)];
}
