using Millrace.Tests.CatalogRoom;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Millrace.Tests.CatalogRoom;

/// <summary>The PostgreSQL server that tests share; it starts when the first one asks for it. Each test takes a schema
/// of its own.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    readonly Lazy<Task<PostgresServer>> _server = new(PostgresServer.StartAsync);

    internal Task<PostgresServer> Server => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
    }
}
