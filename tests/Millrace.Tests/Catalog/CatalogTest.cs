using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

/// <summary>What tests share that hold for SQLite and PostgreSQL alike: they are written once, in an abstract class,
/// with a nested class for each of the two.</summary>
public abstract class CatalogTest(SharedPostgres? postgres) : IAsyncLifetime
{
    readonly List<ICatalog> _opened = [];

    private protected CatalogPlace Place { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Place = postgres is null ? new SqlitePlace() : new PostgresPlace(await postgres.Server);

    public async ValueTask DisposeAsync()
    {
        foreach (var catalog in _opened)
            await catalog.DisposeAsync();
        await Place.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the test's catalog, as another process would; it is closed with the test.</summary>
    private protected ICatalog Open(TimeProvider? time = null) => Open(Migration.All(Place.Dialect), time);

    private protected ICatalog Open(IReadOnlyList<Migration> migrations, TimeProvider? time = null)
    {
        var catalog = Place.Open(migrations, time);
        lock (_opened)
            _opened.Add(catalog);
        return catalog;
    }

    /// <summary>Closes everything that was opened and opens it anew.</summary>
    private protected async Task<ICatalog> Reopen()
    {
        foreach (var catalog in _opened)
            await catalog.DisposeAsync();
        _opened.Clear();
        return Open();
    }
}
