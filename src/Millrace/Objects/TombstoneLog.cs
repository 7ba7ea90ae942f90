using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>Reads and writes what is known of things that were erased.</summary>
public sealed class TombstoneLog(ICatalog catalog)
{
    /// <summary>All tombstones of a kind, oldest first.</summary>
    public Task<List<Tombstone>> ListAsync(string kind, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                """
                select erasure_id, kind, name, hash, detail, reason, erased_by, erased_at from tombstone
                where kind = @kind order by tombstone_id
                """,
                Read, ("kind", kind)),
            cancellationToken);

    /// <summary>Whether an object was erased. It waits for the catalog: asked only for what is not in the store.
    /// </summary>
    internal bool IsErased(ContentHash hash)
    {
#pragma warning disable VSTHRD002 // Reading packs is synchronous, and this is its rarest path.
        return IsErasedAsync(hash, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <summary>Whether an object was erased on purpose.</summary>
    public Task<bool> IsErasedAsync(ContentHash hash, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Count(
                "select count(*) from tombstone where kind = @kind and hash = @hash",
                ("kind", Tombstone.ObjectKind), ("hash", hash.ToString())) > 0,
            cancellationToken);

    /// <summary>Takes tombstones of another workspace; of an erasure that is known nothing is taken.</summary>
    internal Task AddAsync(
        string erasureId, IReadOnlyCollection<Tombstone> tombstones, CancellationToken cancellationToken) =>
        catalog.WriteAsync(
            session =>
            {
                if (session.Count(
                    "select count(*) from tombstone where erasure_id = @erasure", ("erasure", erasureId)) > 0)
                {
                    return 0;
                }

                foreach (var tombstone in tombstones)
                    Add(session, tombstone);
                return tombstones.Count;
            },
            cancellationToken);

    internal static void Add(CatalogSession session, Tombstone tombstone) => session.Execute(
        """
        insert into tombstone (erasure_id, kind, name, hash, detail, reason, erased_by, erased_at)
        values (@erasure, @kind, @name, @hash, @detail, @reason, @by, @at)
        """,
        ("erasure", tombstone.ErasureId), ("kind", tombstone.Kind), ("name", tombstone.Name),
        ("hash", tombstone.Hash), ("detail", tombstone.Detail), ("reason", tombstone.Reason),
        ("by", tombstone.ErasedBy), ("at", CatalogTime.ToMicroseconds(tombstone.ErasedAt)));

    static Tombstone Read(CatalogRow row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.TextOrNull(5), row.Text(6), row.Time(7));
}
