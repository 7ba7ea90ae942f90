using System.Text;
using Millrace.Buckets;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.BucketsRoom;

/// <summary>A bucket store over a catalog of its own, and short ways to say what tests say often.</summary>
sealed class BucketFolder : IAsyncDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly CatalogPlace _place;
    readonly ICatalog _catalog;

    BucketFolder(CatalogPlace place, TimeProvider? time)
    {
        _place = place;
        _catalog = place.Open(time);
        Objects = new ObjectStore(_scratch["objects"]);
        Store = new BucketStore(_catalog, Objects);
    }

    public ObjectStore Objects { get; }

    public BucketStore Store { get; }

    /// <param name="postgres">Where the catalog is; null for SQLite.</param>
    /// <param name="time">The catalog's clock; null for the machine's.</param>
    public static async Task<BucketFolder> OpenAsync(SharedPostgres? postgres, TimeProvider? time = null) =>
        new(postgres is null ? new SqlitePlace() : new PostgresPlace(await postgres.Server), time);

    public async Task<ObjectVersion> Put(
        string bucket, string key, string text, WriteConditions? conditions = null, CancellationToken cancel = default)
    {
        using var body = await Store.StoreAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(text)), cancellationToken: cancel);
        return await Store.PutAsync(
            bucket,
            new ObjectVersion { Key = key, SizeBytes = body.Part.SizeBytes, ETag = body.ETag, Parts = [body.Part] },
            conditions ?? WriteConditions.None, cancel);
    }

    public async Task<string?> Text(
        string bucket, string key, string? versionId = null, CancellationToken cancel = default)
    {
        if (await Store.FindObjectAsync(bucket, key, versionId, cancel) is not { IsMarker: false } version)
            return null;
        using var reader = new StreamReader(Store.OpenRead(version, 0, version.SizeBytes));
        return await reader.ReadToEndAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        Objects.Dispose();
        await _catalog.DisposeAsync();
        await _place.DisposeAsync();
        _scratch.Dispose();
    }
}
