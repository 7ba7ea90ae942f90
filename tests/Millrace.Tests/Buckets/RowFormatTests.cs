using Millrace.App.Buckets.Operations;
using Millrace.Buckets;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.BucketsRoom;

/// <summary>Rows of buckets hold the texts that docs/formats/buckets.md says.</summary>
public sealed class RowFormatTests : IAsyncLifetime
{
    const string Hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    readonly ScratchFolder _scratch = new();
    SqliteCatalog _catalog = null!;
    ObjectStore _objects = null!;
    BucketStore _buckets = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _catalog = SqliteCatalog.Open(_scratch["catalog.db"], new SetClock());
        _objects = new ObjectStore(_scratch["objects"]);
        _buckets = new BucketStore(_catalog, _objects);
        await _buckets.CreateAsync("photos", "team", cancellationToken: Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _objects.Dispose();
        await _catalog.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public void A_body_is_written_and_read_to_the_character()
    {
        const string Text = $"{Hello}:5242880:1:yZRlqg==,{Hello}:5:2:";
        BodyPart[] parts =
        [
            new(ContentHash.Parse(Hello), 5_242_880, 1, "yZRlqg=="), new(ContentHash.Parse(Hello), 5, 2),
        ];

        Assert.Equal(Text, RowText.WriteParts(parts));
        Assert.Equal(parts, RowText.ReadParts(Text));
        Assert.Equal("", RowText.WriteParts([]));
        Assert.Empty(RowText.ReadParts(""));
    }

    [Fact]
    public void A_checksum_is_written_and_read_to_the_character()
    {
        AssertChecksum("", null);
        AssertChecksum("CRC64NVME:full:NhCmhg==", new ObjectChecksum("CRC64NVME", "NhCmhg=="));
        AssertChecksum("SHA256:composite:LPJNul==-2", new ObjectChecksum("SHA256", "LPJNul==-2", true));

        static void AssertChecksum(string text, ObjectChecksum? checksum)
        {
            Assert.Equal(text, RowText.WriteChecksum(checksum));
            Assert.Equal(checksum, RowText.ReadChecksum(text));
        }
    }

    [Fact]
    public void Headers_are_written_and_read_to_the_character()
    {
        const string Text = "{\"content-type\":\"image/jpeg\",\"x-amz-meta-camera\":\"a \\u0022b\\u0022\"}";
        var headers = new Dictionary<string, string>
        {
            ["content-type"] = "image/jpeg",
            ["x-amz-meta-camera"] = "a \"b\"",
        };

        Assert.Equal(Text, RowText.WriteHeaders(headers));
        Assert.Equal(headers, RowText.ReadHeaders(Text));
        Assert.Equal("", RowText.WriteHeaders(ObjectVersion.EmptyHeaders));
    }

    [Theory]
    [InlineData("private", "")]
    [InlineData("public-read", "READ *\nFULL_CONTROL team")]
    [InlineData("public-read-write", "READ *\nWRITE *\nFULL_CONTROL team")]
    [InlineData("authenticated-read", "READ +\nFULL_CONTROL team")]
    [InlineData("bucket-owner-read", "FULL_CONTROL team\nREAD other")]
    public void An_access_list_is_written_to_the_character(string canned, string text) =>
        Assert.Equal(text, AclGrants.FromCanned(canned, "team", "other"));

    [Theory]
    [InlineData("", "READ", "ann", false)]
    [InlineData("NONE", "READ", "ann", false)]
    [InlineData("READ *\nFULL_CONTROL team", "READ", null, true)]
    [InlineData("READ *\nFULL_CONTROL team", "WRITE", null, false)]
    [InlineData("READ *\nFULL_CONTROL team", "WRITE_ACP", "team", true)]
    [InlineData("READ_ACP +\nWRITE ann", "READ_ACP", "bob", true)]
    [InlineData("READ_ACP +\nWRITE ann", "READ_ACP", null, false)]
    [InlineData("READ_ACP +\nWRITE ann", "WRITE", "ann", true)]
    public void An_access_list_is_read(string text, string permission, string? who, bool isAllowed) =>
        Assert.Equal(isAllowed, AclGrants.Allows(text, permission, who));

    [Fact]
    public async Task A_version_is_the_row_that_the_page_shows()
    {
        using var body = await _buckets.StoreAsync(new MemoryStream("hello"u8.ToArray()), cancellationToken: Cancel);
        await _buckets.PutAsync(
            "photos",
            new ObjectVersion
            {
                Key = "cats/one.jpg",
                SizeBytes = 5,
                ETag = body.ETag,
                Owner = "team",
                Checksum = new ObjectChecksum("CRC32", "NhCmhg=="),
                Lock = new ObjectLock(null, default, true),
                Tags = "room=cats",
                Acl = "READ *\nFULL_CONTROL team",
                Headers = new Dictionary<string, string> { ["content-type"] = "image/jpeg" },
                Parts = [body.Part],
            },
            WriteConditions.None, Cancel);

        Assert.Equal(
            [
                "1", "cats/one.jpg", "-1", "null", "1", "0", "5", "5d41402abc4b2a76b9719d911017c592",
                "1773532800000000", "team", "CRC32:full:NhCmhg==", "", "-62135596800000000", "1", "room=cats",
                "READ *\nFULL_CONTROL team", "{\"content-type\":\"image/jpeg\"}", $"{Hello}:5:0:",
            ],
            await RowAsync(
                "from bucket_object",
                "bucket_id", "key", "seq", "version_id", "is_latest", "is_marker", "size_bytes", "etag", "modified_at",
                "owner", "checksum", "lock_mode", "lock_until", "legal_hold", "tags", "acl", "headers", "body"));
    }

    [Fact]
    public async Task A_version_id_begins_with_its_age_and_a_marker_has_no_body()
    {
        await _buckets.SetVersioningAsync("photos", BucketVersioning.Enabled, Cancel);
        using var body = await _buckets.StoreAsync(new MemoryStream("hello"u8.ToArray()), cancellationToken: Cancel);
        await _buckets.PutAsync(
            "photos", new ObjectVersion { Key = "a", SizeBytes = 5, ETag = body.ETag, Parts = [body.Part] },
            WriteConditions.None, Cancel);
        await _buckets.DeleteAsync("photos", "a", null, WriteConditions.None, cancellationToken: Cancel);

        string[] columns = ["length(version_id)", "substr(version_id, 1, 16)", "is_latest", "is_marker", "body"];
        Assert.Equal(
            ["32", "0000000000000001", "0", "0", $"{Hello}:5:0:"],
            await RowAsync("from bucket_object where seq = -1", columns));
        Assert.Equal(
            ["32", "0000000000000002", "1", "1", ""],
            await RowAsync("from bucket_object where seq = -2", columns));
    }

    [Fact]
    public async Task An_upload_remembers_what_it_was_made_of()
    {
        var upload = await _buckets.BeginUploadAsync(
            "photos", new ObjectVersion { Key = "a" }, "CRC32C", isComposite: false, Cancel);
        using var body = await _buckets.StoreAsync(new MemoryStream("hello"u8.ToArray()), cancellationToken: Cancel);
        await _buckets.PutPartAsync("photos", "a", upload.Id, 1, body, "mnG7TA==", Cancel);

        Assert.Equal(
            [upload.Id, "1", Hello, "5", "5d41402abc4b2a76b9719d911017c592", "mnG7TA=="],
            await RowAsync("from upload_part", "upload_id", "number", "hash", "size_bytes", "etag", "checksum"));
        await _buckets.CompleteUploadAsync(
            "photos", "a", upload.Id, [new ChosenPart(1, body.ETag)], WriteConditions.None, null, Cancel);

        Assert.Equal(
            ["CRC32C:full", "null 5645e61bcd7bf4896c61a6eba2cd05ac7de30d6a681bf5d75e0addd157a062d6"],
            await RowAsync("from multipart_upload", "checksum_kind", "outcome"));
        Assert.Equal(
            ["62109206880d38a4010a98e11243924a-1", "CRC32C:full:mnG7TA==", $"{Hello}:5:1:mnG7TA=="],
            await RowAsync("from bucket_object", "etag", "checksum", "body"));
    }

    /// <summary>The one row of a query, each value as text.</summary>
    async Task<string[]> RowAsync(string source, params string[] columns)
    {
        var rows = await _catalog.ReadAsync(
            session => session.Query(
                $"select {string.Join(", ", columns.Select(column => $"cast({column} as text)"))} {source}",
                row => Enumerable.Range(0, columns.Length).Select(row.Text).ToArray()),
            Cancel);
        return Assert.Single(rows);
    }
}
