using Millrace.Catalog;

namespace Millrace.Buckets.Lfs;

public sealed partial class LfsStore
{
    /// <summary>A page of locks has at most so many.</summary>
    public const int LocksPerPageMax = 100;

    const string LockColumns = "select lock_id, path, owner, locked_at from lfs_lock";

    /// <summary>Locks a path.</summary>
    /// <returns>The lock, and whether it is new: false when somebody has it already.</returns>
    /// <exception cref="LfsException">422: it is not a path.</exception>
    public Task<(LfsLock Lock, bool IsNew)> LockAsync(
        string repository, string path, string owner, CancellationToken cancellationToken = default)
    {
        if (path.Length is 0 or > LfsRules.PathLengthMax || path.Contains('\0', StringComparison.Ordinal))
            throw new LfsException(422, "A lock needs a path.");
        var id = Guid.CreateVersion7().ToString("N");
        return catalog.WriteAsync(
            session =>
            {
                var isNew = session.Execute(
                    "insert into lfs_lock (repository, path, lock_id, owner, locked_at) values (@repository, @path, "
                    + "@id, @owner, @at) on conflict (repository, path) do nothing",
                    ("repository", repository), ("path", path), ("id", id), ("owner", owner), ("at", session.Now)) > 0;
                return (
                    session.First(
                        $"{LockColumns} where repository = @repository and path = @path", ReadLock,
                        ("repository", repository), ("path", path))!,
                    isNew);
            },
            cancellationToken);
    }

    /// <summary>A page of a repository's locks in the order of their paths.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="path">Only this path; null for all.</param>
    /// <param name="id">Only this lock; null for all.</param>
    /// <param name="after">The last path of the page before; empty for the first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One more than a page has, when there are more.</returns>
    public Task<List<LfsLock>> LocksAsync(
        string repository, string? path, string? id, string after, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                $"{LockColumns} where repository = @repository and path > @after "
                + (path is null ? "" : "and path = @path ") + (id is null ? "" : "and lock_id = @id ")
                + $"order by path limit {LocksPerPageMax + 1}",
                ReadLock,
                [
                    ("repository", repository), ("after", after),
                    .. path is null ? [] : new[] { ("path", (object?)path) },
                    .. id is null ? [] : new[] { ("id", (object?)id) },
                ]),
            cancellationToken);

    /// <summary>Takes a lock away.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="id">The lock.</param>
    /// <param name="owner">Who asks.</param>
    /// <param name="isForced">Whether it may be another's lock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LfsException">404: there is no such lock; 403: it is another's.</exception>
    public Task<LfsLock> UnlockAsync(
        string repository, string id, string owner, bool isForced, CancellationToken cancellationToken = default) =>
        catalog.WriteAsync(
            session =>
            {
                var found = session.First(
                    $"{LockColumns} where repository = @repository and lock_id = @id", ReadLock,
                    ("repository", repository), ("id", id)) ?? throw new LfsException(404, "There is no such lock.");
                if (found.Owner != owner && !isForced)
                    throw new LfsException(403, $"The lock is of '{found.Owner}'; it can be taken away by force.");
                session.Execute("delete from lfs_lock where lock_id = @id", ("id", id));
                return found;
            },
            cancellationToken);

    static LfsLock ReadLock(CatalogRow row) => new(row.Text(0), row.Text(1), row.Text(2), row.Time(3));
}
