using Millrace.Tests.AppServing;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

/// <summary>An S3 server, and workspaces whose tables are in its bucket.</summary>
sealed class BucketTables : IAsyncDisposable
{
    readonly OwnService _service;
    readonly List<TestWorkspace> _workspaces = [];

    BucketTables(OwnService service) => _service = service;

    public static async Task<BucketTables> StartAsync() => new(await OwnService.StartAsync());

    /// <summary>A workspace with a catalog of its own.</summary>
    public async Task<TestWorkspace> WorkspaceAsync(SharedPostgres? postgres = null, string cache = "20GB")
    {
        var workspace = await TestWorkspace.CreateAsync(postgres, Settings(cache));
        _workspaces.Add(workspace);
        return workspace;
    }

    /// <summary>A workspace in another folder on the same catalog and bucket, as on another machine.</summary>
    public async Task<TestWorkspace> BesideAsync(TestWorkspace first)
    {
        var workspace = await TestWorkspace.CreateAsync(
            null, await File.ReadAllTextAsync(
                Path.Combine(first.Folder, "millrace.yaml"), TestContext.Current.CancellationToken));
        _workspaces.Add(workspace);
        return workspace;
    }

    public string Settings(string cache = "20GB")
    {
        var place = _service.Settings("lake");
        return $"""
            tables:
              url: {place.Url}
              endpoint: {place.Endpoint}
              credentials-file: {place.CredentialsFile}
              cache: {cache}

            """;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var workspace in _workspaces)
            await workspace.DisposeAsync();
        await _service.DisposeAsync();
    }
}
