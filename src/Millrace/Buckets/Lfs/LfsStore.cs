using System.Runtime.CompilerServices;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Buckets.Lfs;

/// <summary>Which objects the repositories of git-lfs have. An object belongs to a repository from a push that gave its
/// bytes until it is removed there; that another repository has it too gives no right to it.</summary>
public sealed partial class LfsStore(ICatalog catalog, ObjectStore objects) : IRootSource
{
    const string Columns = "select repository, oid, size_bytes, created_at from lfs_object";

    public string Room => "buckets";

    public async IAsyncEnumerable<ObjectRoot> RootsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in await ListAsync(null, cancellationToken).ConfigureAwait(false))
            yield return new ObjectRoot(ContentHash.Parse(item.Oid), $"lfs:{item.Repository}/{item.Oid}");
    }

    /// <summary>The objects of a repository, or of all.</summary>
    public Task<List<LfsStoredObject>> ListAsync(string? repository, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => repository is null
                ? session.Query($"{Columns} order by repository, oid", Read)
                : session.Query(
                    $"{Columns} where repository = @repository order by oid", Read, ("repository", repository)),
            cancellationToken);

    /// <returns>Bytes of an object that a repository has; null when it has not.</returns>
    public Task<long?> SizeAsync(string repository, string oid, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Size(session, repository, oid), cancellationToken);

    /// <summary>Answers a batch that was checked.</summary>
    public Task<List<LfsBatchAnswer>> AnswerAsync(
        string repository, LfsBatchRequest request, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => request.Objects.Select(
                id => LfsRules.Answer(request.Operation, id, Size(session, repository, id.Oid))).ToList(),
            cancellationToken);

    /// <summary>Takes an object in. Its bytes are compared with its oid before anybody can see it.</summary>
    /// <param name="repository">Where it is pushed to.</param>
    /// <param name="oid">What it should be.</param>
    /// <param name="content">Its bytes, read once.</param>
    /// <param name="cancellationToken">Ends it; nothing is then visible.</param>
    /// <exception cref="LfsException">422: the bytes are others, or the oid is none; 413: it is too large.</exception>
    /// <exception cref="MillraceException">As for a put.</exception>
    public async Task UploadAsync(
        string repository, string oid, Stream content, CancellationToken cancellationToken = default)
    {
        if (!ContentHash.TryParse(oid, out var expected))
            throw new LfsException(422, "The oid is not 64 digits of 0-9 and a-f.");
        // The row is written before the batch ends, or a sweep could come between them.
        using var batch = objects.BeginBatch();
        var counted = new CountedStream(content, LfsRules.ObjectSizeBytesMax);
        await using var closing = counted.ConfigureAwait(false);
        var hash = await batch.PutAsync(counted, cancellationToken).ConfigureAwait(false);
        if (hash != expected)
            throw new LfsException(422, $"The bytes are not the object {oid}: their SHA-256 is {hash}.");
        var size = counted.Position;
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        await catalog.WriteAsync(
            session => session.Execute(
                "insert into lfs_object (repository, oid, size_bytes, created_at) values (@repository, @oid, @size, "
                + "@at) on conflict (repository, oid) do nothing",
                ("repository", repository), ("oid", oid), ("size", size), ("at", session.Now)),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens an object of a repository, whole or in part.</summary>
    /// <exception cref="LfsException">404: the repository has it not.</exception>
    public async Task<Stream> OpenAsync(
        string repository, string oid, long offset, long length, CancellationToken cancellationToken = default)
    {
        if (await SizeAsync(repository, oid, cancellationToken).ConfigureAwait(false) is null)
            throw new LfsException(404, "The repository does not have the object.");
        return objects.OpenRead(ContentHash.Parse(oid), offset, length);
    }

    /// <summary>Removes objects from a repository; their bytes go with the next sweep, unless something else needs
    /// them.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="oids">Which objects; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many were there.</returns>
    public Task<int> RemoveAsync(
        string repository, IReadOnlyList<string>? oids, CancellationToken cancellationToken = default) =>
        catalog.WriteAsync(
            session => oids is null
                ? session.Execute(
                    "delete from lfs_object where repository = @repository", ("repository", repository))
                : oids.Sum(oid => session.Execute(
                    "delete from lfs_object where repository = @repository and oid = @oid",
                    ("repository", repository), ("oid", oid))),
            cancellationToken);

    static long? Size(CatalogSession session, string repository, string oid) => session.First(
        "select size_bytes from lfs_object where repository = @repository and oid = @oid",
        row => (long?)row.Int64(0), ("repository", repository), ("oid", oid));

    static LfsStoredObject Read(CatalogRow row) => new(row.Text(0), row.Text(1), row.Int64(2), row.Time(3));
}
