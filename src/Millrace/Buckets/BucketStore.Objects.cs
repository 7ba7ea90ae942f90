using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Buckets;

public sealed partial class BucketStore
{
    // Smaller bodies are hashed where they lie; larger ones on another thread while they come.
    const int SmallBody = 128 * 1024;

    const string ListedColumns = "select key, seq, version_id, is_latest, is_marker, size_bytes, etag, modified_at, "
        + "owner, checksum from bucket_object";

    const string AllColumns = "select key, seq, version_id, is_latest, is_marker, size_bytes, etag, modified_at, "
        + "owner, checksum, lock_mode, lock_until, legal_hold, tags, acl, headers, body from bucket_object";

    /// <summary>Stores bytes, and returns when they survive a power cut; they have no key yet.</summary>
    /// <param name="source">Read to its end. What it throws there leaves nothing visible.</param>
    /// <param name="length">The bytes in number, when they are known.</param>
    /// <param name="md5">Asked when everything was read: the MD5, if the source computes it; null has it computed.
    /// </param>
    /// <param name="sha256">The same of the SHA-256, which is the bytes' name: the source must compute it from the
    /// bytes that it hands out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed once what refers to the bytes is written: until then no sweep takes them.</returns>
    /// <exception cref="MillraceException">As for <see cref="ObjectStore.Put"/>.</exception>
    public async Task<StoredBody> StoreAsync(
        Stream source, long? length = null, Func<byte[]?>? md5 = null, Func<byte[]>? sha256 = null,
        CancellationToken cancellationToken = default)
    {
        Func<ContentHash>? known = sha256 is null ? null : () => new ContentHash(sha256());
        var batch = objects.BeginBatch();
        try
        {
            var (part, digest) = length is >= 0 and <= SmallBody
                ? await StoreSmallAsync(batch, source, md5, known, cancellationToken).ConfigureAwait(false)
                : await StoreLargeAsync(batch, source, md5, known, cancellationToken).ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            return new StoredBody(part, digest, batch);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Keeps what keys name now from a sweep until it is disposed; a copy is looked up and written meanwhile.
    /// </summary>
    public IDisposable Hold() => objects.Hold();

    /// <summary>As <see cref="Hold"/>, for objects that are about to be named by a key: what a sweep is about to drop
    /// is stored again.</summary>
    /// <exception cref="MillraceException"><c>object-missing</c>, and as for <see cref="ObjectStore.Put"/>.</exception>
    public async Task<IDisposable> KeepAsync(
        IReadOnlyList<BodyPart> parts, CancellationToken cancellationToken = default)
    {
        var batch = objects.BeginBatch();
        try
        {
            foreach (var part in parts.Where(part => !batch.Keeps(part.Hash)))
            {
                var stream = objects.OpenRead(part.Hash);
                await using var opened = stream.ConfigureAwait(false);
                await batch.PutAsync(stream, cancellationToken).ConfigureAwait(false);
            }

            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Gives a key a new version.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="draft">The key, its parts, which are stored, and what shall be kept with it.</param>
    /// <param name="conditions">What must hold of the version that is there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The version as it is kept.</returns>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>key-invalid</c>, <c>precondition-failed</c>,
    /// <c>key-missing</c>.</exception>
    public Task<ObjectVersion> PutAsync(
        string bucket, ObjectVersion draft, WriteConditions conditions, CancellationToken cancellationToken = default)
    {
        RequireKey(draft.Key);
        return catalog.WriteAsync(
            session => Insert(session, Get(session, bucket), draft, conditions), cancellationToken);
    }

    /// <summary>A version with everything that is kept of it; null when there is none.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The key.</param>
    /// <param name="versionId">Null for the newest, which may be a marker.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task<ObjectVersion?> FindObjectAsync(
        string bucket, string key, string? versionId = null, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Find(session, Get(session, bucket), key, versionId), cancellationToken);

    /// <summary>Changes what is kept with a version, in one transaction.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The key.</param>
    /// <param name="versionId">Null for the newest.</param>
    /// <param name="change">Given the version as it is; its lock, tags and ACL are written. It may run again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>key-missing</c>,
    /// <c>object-version-missing</c>, and what <paramref name="change"/> throws.</exception>
    public Task<ObjectVersion> UpdateAsync(
        string bucket, string key, string? versionId, Func<ObjectVersion, ObjectVersion> change,
        CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            var owner = Get(session, bucket);
            var found = Find(session, owner, key, versionId) ?? throw Missing(key, versionId);
            if (found.IsMarker)
                throw BucketFailure.KeyMissing(key);
            var changed = change(found);
            session.Execute(
                "update bucket_object set tags = @tags, acl = @acl, lock_mode = @mode, lock_until = @until, "
                + "legal_hold = @hold where bucket_id = @bucket and key = @key and version_id = @version",
                ("tags", changed.Tags), ("acl", changed.Acl), ("mode", changed.Lock.Mode ?? ""),
                ("until", CatalogTime.ToMicroseconds(changed.Lock.Until)), ("hold", changed.Lock.HasLegalHold),
                ("bucket", owner.Id), ("key", key), ("version", found.VersionId));
            return changed;
        },
        cancellationToken);

    /// <summary>Deletes a key, or one version of it for good.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The key; one that is not there counts as deleted.</param>
    /// <param name="versionId">The version; null for the key, which leaves a marker when versions are kept.</param>
    /// <param name="conditions">What must hold of the version.</param>
    /// <param name="passesGovernance">Whether a lock of mode GOVERNANCE is ignored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>object-locked</c>,
    /// <c>precondition-failed</c>.</exception>
    public Task<DeleteOutcome> DeleteAsync(
        string bucket, string key, string? versionId, WriteConditions conditions, bool passesGovernance = false,
        CancellationToken cancellationToken = default)
    {
        RequireKey(key);
        return catalog.WriteAsync(
            session => Delete(session, Get(session, bucket), key, versionId, conditions, passesGovernance),
            cancellationToken);
    }

    /// <summary>Looks whether a write with these conditions would be refused as things are.</summary>
    /// <exception cref="MillraceException">As for <see cref="PutAsync"/>.</exception>
    public Task CheckAsync(
        string bucket, string key, WriteConditions conditions, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session =>
            {
                Check(key, Find(session, Get(session, bucket), key, null), conditions, isDeletion: false);
                return true;
            },
            cancellationToken);

    /// <summary>Opens a range of a version's bytes for one pass.</summary>
    /// <param name="version">As <see cref="FindObjectAsync"/> gives it.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="MillraceException">As for <see cref="ObjectStore.OpenRead(ContentHash)"/>.</exception>
    public Stream OpenRead(ObjectVersion version, long offset, long length) =>
        version.Parts.Count == 1 && offset == 0 && length == version.SizeBytes
            ? objects.OpenRead(version.Parts[0].Hash)
            : version.Parts.Count == 1
            ? objects.OpenRead(version.Parts[0].Hash, offset, length)
            : new PartsStream(objects, version.Parts, offset, length);

    /// <exception cref="MillraceException"><c>key-long</c>, <c>key-invalid</c>.</exception>
    public static void RequireKey(string key)
    {
        if (!BucketRules.IsKey(key))
        {
            throw BucketFailure.Invalid(
                System.Text.Encoding.UTF8.GetByteCount(key) > BucketRules.KeyBytesMax ? "key-long" : "key-invalid",
                $"A key is 1 to {BucketRules.KeyBytesMax} bytes of UTF-8 without a NUL.", "Choose another key.");
        }
    }

    static async Task<(BodyPart Part, byte[] Md5)> StoreLargeAsync(
        ObjectBatch batch, Stream source, Func<byte[]?>? md5, Func<ContentHash>? known,
        CancellationToken cancellationToken)
    {
        var hashing = new Md5Stream(source, isHashing: md5 is null, cancellationToken);
        await using (hashing.ConfigureAwait(false))
        {
            var hash = await batch.PutAsync(hashing, known, cancellationToken).ConfigureAwait(false);
            var digest = await hashing.FinishAsync().ConfigureAwait(false);
            return (new BodyPart(hash, hashing.Total), md5?.Invoke() ?? digest);
        }
    }

    static async Task<(BodyPart Part, byte[] Md5)> StoreSmallAsync(
        ObjectBatch batch, Stream source, Func<byte[]?>? md5, Func<ContentHash>? known,
        CancellationToken cancellationToken)
    {
        // One byte more shows that there is no more.
        var buffer = ArrayPool<byte>.Shared.Rent(SmallBody + 1);
        try
        {
            var count = await source.ReadAtLeastAsync(
                buffer.AsMemory(0, SmallBody + 1), SmallBody + 1, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            if (count > SmallBody)
            {
                throw BucketFailure.Invalid(
                    "body-long", "More bytes came than were announced.", "Send the true Content-Length.");
            }

            var hash = batch.PutBlob(buffer.AsSpan(0, count), known?.Invoke());
#pragma warning disable CA5351 // ETags are MD5 by the protocol; nothing relies on it for safety.
            return (new BodyPart(hash, count), md5?.Invoke() ?? MD5.HashData(buffer.AsSpan(0, count)));
#pragma warning restore CA5351
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static ObjectVersion Insert(
        CatalogSession session, Bucket bucket, ObjectVersion draft, WriteConditions conditions)
    {
        var latest = Find(session, bucket, draft.Key, null);
        Check(draft.Key, latest, conditions, isDeletion: false);
        var first = session.Count(
            "select min(seq) from bucket_object where bucket_id = @bucket and key = @key",
            ("bucket", bucket.Id), ("key", draft.Key));
        var seq = Math.Min(first, 0) - 1;
        var version = draft with
        {
            VersionId = bucket.Versioning == BucketVersioning.Enabled ? NewVersionId(seq) : ObjectVersion.NullId,
            IsLatest = true,
            ModifiedAt = CatalogTime.FromMicroseconds(session.Now),
            Lock = draft.Lock.Mode is null && bucket.HasLock && !draft.IsMarker
                ? DefaultLock(session, bucket, draft.Lock) : draft.Lock,
        };
        if (latest is not null)
        {
            if (version.VersionId == ObjectVersion.NullId)
            {
                if (Find(session, bucket, draft.Key, ObjectVersion.NullId) is { } replaced)
                    RequireFree(session, replaced, passesGovernance: false);
                session.Execute(
                    "delete from bucket_object where bucket_id = @bucket and key = @key and version_id = 'null'",
                    ("bucket", bucket.Id), ("key", draft.Key));
            }

            session.Execute(
                "update bucket_object set is_latest = 0 where bucket_id = @bucket and key = @key and is_latest = 1",
                ("bucket", bucket.Id), ("key", draft.Key));
        }

        session.Execute(
            "insert into bucket_object (bucket_id, key, seq, version_id, is_latest, is_marker, size_bytes, etag, "
            + "modified_at, owner, checksum, lock_mode, lock_until, legal_hold, tags, acl, headers, body) values "
            + "(@bucket, @key, @seq, @version, 1, @marker, @size, @etag, @now, @owner, @checksum, @mode, @until, "
            + "@hold, @tags, @acl, @headers, @body)",
            ("bucket", bucket.Id), ("key", version.Key), ("seq", seq), ("version", version.VersionId),
            ("marker", version.IsMarker), ("size", version.SizeBytes), ("etag", version.ETag), ("now", session.Now),
            ("owner", version.Owner), ("checksum", RowText.WriteChecksum(version.Checksum)),
            ("mode", version.Lock.Mode ?? ""), ("until", CatalogTime.ToMicroseconds(version.Lock.Until)),
            ("hold", version.Lock.HasLegalHold), ("tags", version.Tags), ("acl", version.Acl),
            ("headers", RowText.WriteHeaders(version.Headers)), ("body", RowText.WriteParts(version.Parts)));
        return version;
    }

    static DeleteOutcome Delete(
        CatalogSession session, Bucket bucket, string key, string? versionId, WriteConditions conditions,
        bool passesGovernance)
    {
        var found = Find(session, bucket, key, versionId);
        if (!ReferenceEquals(conditions, WriteConditions.None))
            Check(key, found, conditions, isDeletion: true);
        if (versionId is not null)
            return new DeleteOutcome(versionId, DeleteVersion(session, bucket, found, passesGovernance));
        if (bucket.Versioning == BucketVersioning.Off)
        {
            DeleteVersion(session, bucket, found, passesGovernance);
            return default;
        }

        var marker = Insert(
            session, bucket, new ObjectVersion { Key = key, IsMarker = true, Owner = bucket.Owner },
            WriteConditions.None);
        return new DeleteOutcome(marker.VersionId, true);
    }

    static bool DeleteVersion(CatalogSession session, Bucket bucket, ObjectVersion? version, bool passesGovernance)
    {
        if (version is null)
            return false;
        RequireFree(session, version, passesGovernance);
        session.Execute(
            "delete from bucket_object where bucket_id = @bucket and key = @key and version_id = @version",
            ("bucket", bucket.Id), ("key", version.Key), ("version", version.VersionId));
        if (version.IsLatest)
        {
            session.Execute(
                "update bucket_object set is_latest = 1 where bucket_id = @bucket and key = @key and seq = "
                + "(select min(seq) from bucket_object where bucket_id = @bucket and key = @key)",
                ("bucket", bucket.Id), ("key", version.Key));
        }

        return version.IsMarker;
    }

    static void RequireFree(CatalogSession session, ObjectVersion version, bool passesGovernance)
    {
        var held = version.Lock;
        var isHeld = held.Until > CatalogTime.FromMicroseconds(session.Now)
            && (held.Mode == "COMPLIANCE" || (held.Mode == "GOVERNANCE" && !passesGovernance));
        if (held.HasLegalHold || isHeld)
            throw BucketFailure.Locked(version.Key, version.VersionId, held);
    }

    static void Check(string key, ObjectVersion? found, WriteConditions conditions, bool isDeletion)
    {
        // What is gone already needs no deletion; a marker is there and fulfils nothing.
        if (isDeletion && found is null)
            return;
        var isThere = found is { IsMarker: false };
        if (conditions.IfNoneMatch is { } none && isThere && none.Any(tag => tag == "*" || tag == found!.ETag))
            throw BucketFailure.ConditionFailed(key, "If-None-Match");
        if (conditions.IfMatch is { } match)
        {
            if (!isThere)
            {
                throw isDeletion
                    ? BucketFailure.ConditionFailed(key, "If-Match") : BucketFailure.KeyMissing(key);
            }

            if (!match.Any(tag => tag == "*" || tag == found!.ETag))
                throw BucketFailure.ConditionFailed(key, "If-Match");
        }

        if (conditions.IfSize is { } size && (!isThere || found!.SizeBytes != size))
            throw BucketFailure.ConditionFailed(key, "the size");
        if (conditions.IfModifiedAt is { } time
            && (!isThere || found!.ModifiedAt.ToUnixTimeSeconds() != time.ToUnixTimeSeconds()))
        {
            throw BucketFailure.ConditionFailed(key, "the time");
        }
    }

    static ObjectLock DefaultLock(CatalogSession session, Bucket bucket, ObjectLock asked)
    {
        if (Setting(session, bucket, BucketSettings.LockDefault)?.Split(' ') is not [var mode, var unit, var number])
            return asked;
        var now = CatalogTime.FromMicroseconds(session.Now);
        var count = int.Parse(number, CultureInfo.InvariantCulture);
        return asked with { Mode = mode, Until = unit == "days" ? now.AddDays(count) : now.AddYears(count) };
    }

    // The count makes ids of one key sort by age, so that a page of versions can begin behind one that is gone.
    static string NewVersionId(long seq)
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return string.Concat((-seq).ToString("x16", CultureInfo.InvariantCulture), Convert.ToHexStringLower(random));
    }

    static MillraceException Missing(string key, string? versionId) =>
        versionId is null ? BucketFailure.KeyMissing(key) : BucketFailure.VersionMissing(key, versionId);

    static ObjectVersion? Find(CatalogSession session, Bucket bucket, string key, string? versionId) =>
        versionId is null
            ? session.First(
                $"{AllColumns} where bucket_id = @bucket and key = @key order by seq limit 1", ReadAll,
                ("bucket", bucket.Id), ("key", key))
            : session.First(
                $"{AllColumns} where bucket_id = @bucket and key = @key and version_id = @version", ReadAll,
                ("bucket", bucket.Id), ("key", key), ("version", versionId));

    static ObjectVersion ReadListed(CatalogRow row) => new()
    {
        Key = row.Text(0),
        VersionId = row.Text(2),
        IsLatest = row.Int64(3) != 0,
        IsMarker = row.Int64(4) != 0,
        SizeBytes = row.Int64(5),
        ETag = row.Text(6),
        ModifiedAt = row.Time(7),
        Owner = row.Text(8),
        Checksum = RowText.ReadChecksum(row.Text(9)),
    };

    static ObjectVersion ReadAll(CatalogRow row) => ReadListed(row) with
    {
        Lock = new ObjectLock(row.Text(10) is { Length: > 0 } mode ? mode : null, row.Time(11), row.Int64(12) != 0),
        Tags = row.Text(13),
        Acl = row.Text(14),
        Headers = RowText.ReadHeaders(row.Text(15)),
        Parts = RowText.ReadParts(row.Text(16)),
    };
}
