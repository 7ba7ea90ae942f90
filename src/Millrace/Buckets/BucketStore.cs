using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>Buckets of keys over the object store, by the rules of S3. A key's row is written in one transaction once
/// its bytes are durable, so an object is there whole or not at all. Thread-safe.</summary>
public sealed partial class BucketStore(ICatalog catalog, ObjectStore objects) : IRootSource
{
    const int RootPage = 1000;
    const string BucketColumns = "select bucket_id, name, owner, created_at, versioning, has_lock from bucket";

    public string Room => "buckets";

    /// <summary>Makes a bucket.</summary>
    /// <param name="name">See <see cref="BucketRules.IsBucketName"/>.</param>
    /// <param name="owner">The access key id of who makes it.</param>
    /// <param name="hasLock">Whether its versions may be locked; it then has versioning from the start.</param>
    /// <param name="settings">What it has from the start, by the names of <see cref="BucketSettings"/>; null for
    /// nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>bucket-name</c>; <c>bucket-exists</c>.</exception>
    public Task<Bucket> CreateAsync(
        string name, string owner, bool hasLock = false, IReadOnlyDictionary<string, string>? settings = null,
        CancellationToken cancellationToken = default)
    {
        if (!BucketRules.IsBucketName(name))
        {
            throw BucketFailure.Invalid(
                "bucket-name",
                $"'{name}' can't name a bucket: {BucketRules.WhyNot(name)}.",
                "Use 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends.");
        }

        if (name == VersionBucket.Name)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "bucket-exists", $"The bucket '{name}' shows the versions of this workspace.",
                "Take another name.");
        }

        return catalog.WriteAsync(
            session =>
            {
                if (Find(session, name) is { } there)
                {
                    throw new MillraceException(
                        ErrorKind.Conflict, there.Owner == owner ? "bucket-owned" : "bucket-exists",
                        $"There is a bucket '{name}' already.", "Use it, or take another name.");
                }

                session.Execute(
                    "insert into bucket (name, owner, created_at, versioning, has_lock) "
                    + "values (@name, @owner, @now, @versioning, @lock)",
                    ("name", name), ("owner", owner), ("now", session.Now),
                    ("versioning", (int)(hasLock ? BucketVersioning.Enabled : BucketVersioning.Off)),
                    ("lock", hasLock));
                var made = Get(session, name);
                foreach (var (setting, value) in settings ?? ReadOnlyDictionary<string, string>.Empty)
                    AddSetting(session, made, setting, value);
                return made;
            },
            cancellationToken);
    }

    /// <summary>The bucket, or null.</summary>
    public Task<Bucket?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Find(session, name), cancellationToken);

    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task<Bucket> GetAsync(string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Get(session, name), cancellationToken);

    /// <summary>All buckets in order of their names.</summary>
    public Task<List<Bucket>> ListBucketsAsync(CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => session.Query($"{BucketColumns} order by name", ReadBucket), cancellationToken);

    /// <summary>Deletes a bucket without keys; uploads that were not completed go with it.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>; <c>bucket-not-empty</c>.</exception>
    public Task DeleteBucketAsync(string name, CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            var bucket = Get(session, name);
            if (session.Count(
                "select 1 from bucket_object where bucket_id = @bucket limit 1", ("bucket", bucket.Id)) == 1)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "bucket-not-empty", $"Bucket '{name}' has keys or older versions of some.",
                    "Delete every version of them first.");
            }

            session.Execute(
                "delete from upload_part where upload_id in "
                + "(select upload_id from multipart_upload where bucket_id = @bucket)",
                ("bucket", bucket.Id));
            session.Execute("delete from multipart_upload where bucket_id = @bucket", ("bucket", bucket.Id));
            session.Execute("delete from bucket_setting where bucket_id = @bucket", ("bucket", bucket.Id));
            return session.Execute("delete from bucket where bucket_id = @bucket", ("bucket", bucket.Id));
        },
        cancellationToken);

    /// <exception cref="MillraceException"><c>bucket-missing</c>; <c>versioning-locked</c>: a bucket with locks keeps
    /// its versions.</exception>
    public Task SetVersioningAsync(
        string name, BucketVersioning versioning, CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            var bucket = Get(session, name);
            if (bucket.HasLock && versioning != BucketVersioning.Enabled)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "versioning-locked", $"Bucket '{name}' has locks, so it keeps its versions.",
                    "Use another bucket.");
            }

            return session.Execute(
                "update bucket set versioning = @versioning where bucket_id = @bucket",
                ("versioning", (int)versioning), ("bucket", bucket.Id));
        },
        cancellationToken);

    /// <summary>Allows versions of the bucket to be locked.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>; <c>lock-versioning</c>: it has no
    /// versions.</exception>
    public Task EnableLockAsync(string name, CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            var bucket = Get(session, name);
            if (bucket.Versioning != BucketVersioning.Enabled)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "lock-versioning", $"Bucket '{name}' does not keep versions.",
                    "Enable versioning first.");
            }

            return session.Execute(
                "update bucket set has_lock = 1 where bucket_id = @bucket", ("bucket", bucket.Id));
        },
        cancellationToken);

    /// <summary>A setting's text; null when it is not set.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task<string?> SettingAsync(string name, string setting, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Setting(session, Get(session, name), setting), cancellationToken);

    /// <summary>The bucket with all its settings, in one look; null when there is none.</summary>
    public Task<BucketState?> StateAsync(string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session =>
            {
                if (Find(session, name) is not { } bucket)
                    return null;
                var settings = session.Query(
                    "select name, value from bucket_setting where bucket_id = @bucket",
                    row => KeyValuePair.Create(row.Text(0), row.Text(1)), ("bucket", bucket.Id));
                return new BucketState(bucket, settings.ToDictionary());
            },
            cancellationToken);

    /// <summary>Sets a setting's text, or with null takes it away.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task SetSettingAsync(
        string name, string setting, string? value, CancellationToken cancellationToken = default) =>
        catalog.WriteAsync(
            session =>
            {
                var bucket = Get(session, name);
                session.Execute(
                    "delete from bucket_setting where bucket_id = @bucket and name = @name",
                    ("bucket", bucket.Id), ("name", setting));
                return value is null ? 0 : AddSetting(session, bucket, setting, value);
            },
            cancellationToken);

    /// <summary>The objects of all versions, and the parts of uploads.</summary>
    public async IAsyncEnumerable<ObjectRoot> RootsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var bucket in await ListBucketsAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var root in VersionRootsAsync(bucket, cancellationToken).ConfigureAwait(false))
                yield return root;
        }

        var (upload, number) = ("", 0L);
        while (true)
        {
            var page = await catalog.ReadAsync(
                session => session.Query(
                    "select p.upload_id, p.number, p.hash, b.name, u.key from upload_part p "
                    + "join multipart_upload u on u.upload_id = p.upload_id "
                    + "join bucket b on b.bucket_id = u.bucket_id "
                    + "where (p.upload_id = @upload and p.number > @number) or p.upload_id > @upload "
                    + "order by p.upload_id, p.number limit @max",
                    row => (Upload: row.Text(0), Number: row.Int64(1), Root: new ObjectRoot(
                        ContentHash.Parse(row.Text(2)), $"bucket:{row.Text(3)}/{row.Text(4)} (upload)")),
                    ("upload", upload), ("number", number), ("max", RootPage)),
                cancellationToken).ConfigureAwait(false);
            foreach (var entry in page)
                yield return entry.Root;
            if (page.Count < RootPage)
                yield break;
            (upload, number, _) = page[^1];
        }
    }

    async IAsyncEnumerable<ObjectRoot> VersionRootsAsync(
        Bucket bucket, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (key, seq) = ("", long.MinValue);
        while (true)
        {
            var page = await catalog.ReadAsync(
                session => session.Query(
                    "select key, seq, body from bucket_object where bucket_id = @bucket "
                    + "and key >= @key and (key > @key or seq > @seq) order by key, seq limit @max",
                    row => (Key: row.Text(0), Seq: row.Int64(1), Body: row.Text(2)),
                    ("bucket", bucket.Id), ("key", key), ("seq", seq), ("max", RootPage)),
                cancellationToken).ConfigureAwait(false);
            foreach (var entry in page)
            {
                foreach (var part in RowText.ReadParts(entry.Body))
                    yield return new ObjectRoot(part.Hash, $"bucket:{bucket.Name}/{entry.Key}");
            }

            if (page.Count < RootPage)
                yield break;
            (key, seq, _) = page[^1];
        }
    }

    static int AddSetting(CatalogSession session, Bucket bucket, string setting, string value) => session.Execute(
        "insert into bucket_setting (bucket_id, name, value) values (@bucket, @name, @value)",
        ("bucket", bucket.Id), ("name", setting), ("value", value));

    static Bucket? Find(CatalogSession session, string name) =>
        session.First($"{BucketColumns} where name = @name", ReadBucket, ("name", name));

    static Bucket Get(CatalogSession session, string name) =>
        Find(session, name) ?? throw BucketFailure.BucketMissing(name);

    static string? Setting(CatalogSession session, Bucket bucket, string setting) => session.First(
        "select value from bucket_setting where bucket_id = @bucket and name = @name",
        row => row.Text(0), ("bucket", bucket.Id), ("name", setting));

    static Bucket ReadBucket(CatalogRow row) => new(
        row.Int64(0), row.Text(1), row.Text(2), row.Time(3), (BucketVersioning)row.Int64(4), row.Int64(5) != 0);
}
