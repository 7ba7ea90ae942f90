using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>What others call an object, such as its MD5, so that content that is here already is recognized by their
/// name for it.</summary>
/// <remarks>A digest is a claim about bytes that were once read whole; who hands bytes on verifies their SHA-256.
/// </remarks>
public sealed class ObjectDigests(ICatalog catalog)
{
    const int WindowCount = 4096;

    /// <summary>The objects that have a digest; those that the catalog does not know are left out.</summary>
    public async Task<Dictionary<string, ContentHash>> FindAsync(
        string algorithm, IEnumerable<string> digests, CancellationToken cancellationToken = default)
    {
        var found = new Dictionary<string, ContentHash>(StringComparer.Ordinal);
        foreach (var window in digests.Chunk(WindowCount))
        {
            await catalog.ReadAsync(
                session =>
                {
                    foreach (var digest in window)
                    {
                        if (session.First(
                            "select hash from object_digest where algorithm = @algorithm and digest = @digest "
                            + "order by hash",
                            row => row.Text(0), ("algorithm", algorithm), ("digest", digest)) is { } hash)
                        {
                            found[digest] = ContentHash.Parse(hash);
                        }
                    }

                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>The digests of objects; those that the catalog does not know are left out.</summary>
    public async Task<Dictionary<ContentHash, string>> OfAsync(
        string algorithm, IEnumerable<ContentHash> hashes, CancellationToken cancellationToken = default)
    {
        var found = new Dictionary<ContentHash, string>();
        foreach (var window in hashes.Chunk(WindowCount))
        {
            await catalog.ReadAsync(
                session =>
                {
                    foreach (var hash in window)
                    {
                        if (session.First(
                            "select digest from object_digest where hash = @hash and algorithm = @algorithm",
                            row => row.Text(0), ("hash", hash.ToString()), ("algorithm", algorithm)) is { } digest)
                        {
                            found[hash] = digest;
                        }
                    }

                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>Remembers digests; a later one of an object stands over an earlier one.</summary>
    public async Task RememberAsync(
        string algorithm, IEnumerable<(ContentHash Hash, string Digest)> digests,
        CancellationToken cancellationToken = default)
    {
        foreach (var window in digests.Chunk(WindowCount))
        {
            await catalog.WriteAsync(
                session =>
                {
                    foreach (var (hash, digest) in window)
                    {
                        session.Execute(
                            "insert into object_digest (hash, algorithm, digest) values (@hash, @algorithm, @digest) "
                            + "on conflict (hash, algorithm) do update set digest = excluded.digest",
                            ("hash", hash.ToString()), ("algorithm", algorithm), ("digest", digest));
                    }

                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
