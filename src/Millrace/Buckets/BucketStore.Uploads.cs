using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Buckets;

public sealed partial class BucketStore
{
    /// <summary>How long the answer of a completed upload is remembered for whoever asks again.</summary>
    static readonly TimeSpan OutcomeKept = TimeSpan.FromDays(1);

    const string UploadColumns =
        "select upload_id, key, owner, created_at, checksum_kind from multipart_upload";

    const string GivenUp =
        "from multipart_upload u where u.outcome = '' and u.created_at <= @old and not exists "
        + "(select 1 from upload_part p where p.upload_id = u.upload_id and p.modified_at > @old)";

    /// <summary>Begins an upload in parts.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="draft">The key and what shall be kept with it.</param>
    /// <param name="algorithm">What the parts are checked with; empty for nothing.</param>
    /// <param name="isComposite">Whether the whole's checksum is made of the parts'.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>key-invalid</c>.</exception>
    public Task<MultipartUpload> BeginUploadAsync(
        string bucket, ObjectVersion draft, string algorithm = "", bool isComposite = true,
        CancellationToken cancellationToken = default)
    {
        RequireKey(draft.Key);
        return catalog.WriteAsync(
            session =>
            {
                var owner = Get(session, bucket);
                var time = CatalogTime.FromMicroseconds(session.Now);
                var upload = new MultipartUpload(
                    Guid.CreateVersion7(time).ToString("N"), draft.Key, draft.Owner, time, algorithm, isComposite);
                session.Execute(
                    "insert into multipart_upload (upload_id, bucket_id, key, owner, created_at, checksum_kind, "
                    + "lock_mode, lock_until, legal_hold, tags, acl, headers, outcome) values (@id, @bucket, @key, "
                    + "@owner, @now, @checksum, @mode, @until, @hold, @tags, @acl, @headers, '')",
                    ("id", upload.Id), ("bucket", owner.Id), ("key", draft.Key), ("owner", draft.Owner),
                    ("now", session.Now),
                    ("checksum", algorithm.Length == 0 ? "" : $"{algorithm}:{(isComposite ? "composite" : "full")}"),
                    ("mode", draft.Lock.Mode ?? ""), ("until", CatalogTime.ToMicroseconds(draft.Lock.Until)),
                    ("hold", draft.Lock.HasLegalHold), ("tags", draft.Tags), ("acl", draft.Acl),
                    ("headers", RowText.WriteHeaders(draft.Headers)));
                session.Execute(
                    "delete from multipart_upload where outcome <> '' and created_at < @old",
                    ("old", session.Now - (long)OutcomeKept.TotalMicroseconds));
                return upload;
            },
            cancellationToken);
    }

    /// <summary>An upload that is open.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>upload-missing</c>.</exception>
    public Task<MultipartUpload> GetUploadAsync(
        string bucket, string key, string uploadId, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Upload(session, Get(session, bucket), key, uploadId), cancellationToken);

    /// <summary>Gives an upload a part whose bytes are stored; it takes the place of one with the same number.
    /// </summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>upload-missing</c>,
    /// <c>part-number</c>.</exception>
    public Task<UploadPart> PutPartAsync(
        string bucket, string key, string uploadId, int number, StoredBody body, string checksum = "",
        CancellationToken cancellationToken = default)
    {
        if (number is < 1 or > BucketRules.PartNumberMax)
        {
            throw BucketFailure.Invalid(
                "part-number", $"{number} is no number of a part.", $"Number parts 1 to {BucketRules.PartNumberMax}.");
        }

        return catalog.WriteAsync(
            session =>
            {
                Upload(session, Get(session, bucket), key, uploadId);
                var part = new UploadPart(
                    number, body.Part.Hash, body.Part.SizeBytes, body.ETag, checksum,
                    CatalogTime.FromMicroseconds(session.Now));
                session.Execute(
                    "delete from upload_part where upload_id = @id and number = @number",
                    ("id", uploadId), ("number", number));
                session.Execute(
                    "insert into upload_part (upload_id, number, hash, size_bytes, etag, checksum, modified_at) "
                    + "values (@id, @number, @hash, @size, @etag, @checksum, @now)",
                    ("id", uploadId), ("number", number), ("hash", part.Hash.ToString()), ("size", part.SizeBytes),
                    ("etag", part.ETag), ("checksum", checksum), ("now", session.Now));
                return part;
            },
            cancellationToken);
    }

    /// <summary>The parts of an open upload, by number.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>upload-missing</c>.</exception>
    public Task<List<UploadPart>> ListPartsAsync(
        string bucket, string key, string uploadId, int after, int max,
        CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session =>
        {
            Upload(session, Get(session, bucket), key, uploadId);
            return Parts(session, uploadId, after, max);
        },
        cancellationToken);

    /// <summary>Makes the chosen parts the newest version of the key; their bytes are not read again. Who repeats the
    /// call gets the same answer.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>upload-missing</c>, <c>part-order</c>,
    /// <c>part-wrong</c>, <c>part-small</c>, <c>upload-empty</c>, <c>precondition-failed</c>.</exception>
    public Task<ObjectVersion> CompleteUploadAsync(
        string bucket, string key, string uploadId, IReadOnlyList<ChosenPart> chosen, WriteConditions conditions,
        ObjectChecksum? expected = null, CancellationToken cancellationToken = default) => catalog.WriteAsync(
        session =>
        {
            var owner = Get(session, bucket);
            var choice = Digest(chosen);
            if (Completed(session, owner, key, uploadId, choice) is { } earlier)
                return earlier;
            var upload = Upload(session, owner, key, uploadId);
            var there = Parts(session, uploadId, 0, BucketRules.PartNumberMax).ToDictionary(part => part.Number);
            var parts = UploadChoice.Check(chosen, there);
            var draft = UploadChoice.Join(Draft(session, uploadId), upload, parts);
            UploadChoice.CheckWhole(draft.Checksum, expected);
            var version = Insert(session, owner, draft, conditions);
            session.Execute("delete from upload_part where upload_id = @id", ("id", uploadId));
            session.Execute(
                "update multipart_upload set outcome = @outcome where upload_id = @id",
                ("outcome", $"{version.VersionId} {choice}"), ("id", uploadId));
            return version;
        },
        cancellationToken);

    /// <summary>Drops an open upload and its parts.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>, <c>upload-missing</c>.</exception>
    public Task AbortUploadAsync(
        string bucket, string key, string uploadId, CancellationToken cancellationToken = default) =>
        catalog.WriteAsync(
            session =>
            {
                Upload(session, Get(session, bucket), key, uploadId);
                session.Execute("delete from upload_part where upload_id = @id", ("id", uploadId));
                return session.Execute("delete from multipart_upload where upload_id = @id", ("id", uploadId));
            },
            cancellationToken);

    /// <summary>Drops the open uploads that were begun, and last given a part, longer ago than a time; their parts are
    /// nobody's then. Who sends a part of one afterwards hears that it is not there.</summary>
    /// <param name="age">How long.</param>
    /// <param name="isDryRun">Only counts them.</param>
    /// <param name="cancellationToken">Ends it between two pages.</param>
    /// <returns>Their number.</returns>
    public async Task<long> DropUploadsAsync(
        TimeSpan age, bool isDryRun, CancellationToken cancellationToken = default)
    {
        var ago = (long)age.TotalMicroseconds;
        if (isDryRun)
        {
            return await catalog.ReadAsync(
                session => session.Count($"select count(*) {GivenUp}", ("old", session.Now - ago)), cancellationToken)
                .ConfigureAwait(false);
        }

        var dropped = 0L;
        while (true)
        {
            var count = await catalog.WriteAsync(session => DropUploads(session, ago), cancellationToken)
                .ConfigureAwait(false);
            dropped += count;
            if (count < RootPage)
                return dropped;
        }
    }

    static int DropUploads(CatalogSession session, long ago)
    {
        var uploads = session.Query(
            $"select u.upload_id {GivenUp} order by u.upload_id limit @max", row => row.Text(0),
            ("old", session.Now - ago), ("max", RootPage));
        foreach (var upload in uploads)
        {
            session.Execute("delete from upload_part where upload_id = @id", ("id", upload));
            session.Execute("delete from multipart_upload where upload_id = @id", ("id", upload));
        }

        return uploads.Count;
    }

    /// <summary>A page of the open uploads, by key and then by age.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task<UploadPage> ListUploadsAsync(
        string bucket, ListQuery query, CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session =>
        {
            var id = Get(session, bucket).Id;
            var (uploads, prefixes) = (new List<MultipartUpload>(), new List<string>());
            var (key, upload) = (query.After, query.After.Length == 0 ? "" : query.AfterVersion);
            var (last, lastUpload) = ("", "");
            while (query.Max > 0)
            {
                var rows = session.Query(
                    $"{UploadColumns} where bucket_id = @bucket and outcome = '' and key >= @key and (key > @key "
                    + "or (upload_id > @upload and @upload <> '')) order by key, upload_id limit @max",
                    ReadUpload, ("bucket", id), ("key", key), ("upload", upload), ("max", BucketRules.PageMax));
                foreach (var row in rows)
                {
                    if (!row.Key.StartsWith(query.Prefix, StringComparison.Ordinal))
                        continue;
                    var common = KeyRange.CommonPrefix(row.Key, query.Prefix, query.Delimiter);
                    if (common is not null && (common == query.After || prefixes.Count > 0 && prefixes[^1] == common))
                        continue;
                    if (uploads.Count + prefixes.Count == query.Max)
                        return new UploadPage(uploads, prefixes, true, last, lastUpload);
                    if (common is null)
                        uploads.Add(row);
                    else
                        prefixes.Add(common);
                    (last, lastUpload) = common is null ? (row.Key, row.Id) : (common, "");
                }

                if (rows.Count < BucketRules.PageMax)
                    break;
                (key, upload) = (rows[^1].Key, rows[^1].Id);
            }

            return new UploadPage(uploads, prefixes, false, last, lastUpload);
        },
        cancellationToken);

    static ObjectVersion? Completed(CatalogSession session, Bucket bucket, string key, string uploadId, string choice)
    {
        var outcome = session.First(
            "select outcome from multipart_upload where upload_id = @id and bucket_id = @bucket and key = @key",
            row => row.Text(0), ("id", uploadId), ("bucket", bucket.Id), ("key", key));
        return outcome?.Split(' ') is [var version, var earlier] && earlier == choice
            ? Find(session, bucket, key, version) : null;
    }

    static MultipartUpload Upload(CatalogSession session, Bucket bucket, string key, string uploadId) =>
        session.First(
            $"{UploadColumns} where upload_id = @id and bucket_id = @bucket and key = @key and outcome = ''",
            ReadUpload, ("id", uploadId), ("bucket", bucket.Id), ("key", key))
        ?? throw BucketFailure.UploadMissing(uploadId);

    static ObjectVersion Draft(CatalogSession session, string uploadId) => session.First(
        "select key, owner, lock_mode, lock_until, legal_hold, tags, acl, headers from multipart_upload "
        + "where upload_id = @id",
        row => new ObjectVersion
        {
            Key = row.Text(0),
            Owner = row.Text(1),
            Lock = new ObjectLock(row.Text(2) is { Length: > 0 } mode ? mode : null, row.Time(3), row.Int64(4) != 0),
            Tags = row.Text(5),
            Acl = row.Text(6),
            Headers = RowText.ReadHeaders(row.Text(7)),
        },
        ("id", uploadId))!;

    static List<UploadPart> Parts(CatalogSession session, string uploadId, int after, int max) => session.Query(
        "select number, hash, size_bytes, etag, checksum, modified_at from upload_part "
        + "where upload_id = @id and number > @after order by number limit @max",
        row => new UploadPart(
            (int)row.Int64(0), ContentHash.Parse(row.Text(1)), row.Int64(2), row.Text(3), row.Text(4), row.Time(5)),
        ("id", uploadId), ("after", after), ("max", max));

    static string Digest(IReadOnlyList<ChosenPart> chosen)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[4];
        foreach (var part in chosen)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, part.Number);
            hash.AppendData(number);
            hash.AppendData(Encoding.UTF8.GetBytes(part.ETag));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static MultipartUpload ReadUpload(CatalogRow row)
    {
        var kind = row.Text(4).Split(':');
        return new MultipartUpload(
            row.Text(0), row.Text(1), row.Text(2), row.Time(3), kind[0], kind is not [_, "full"]);
    }
}
