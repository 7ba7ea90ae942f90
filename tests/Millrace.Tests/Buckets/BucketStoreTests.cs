using System.IO.Hashing;
using System.Security.Cryptography;
using Millrace.Buckets;
using Millrace.Buckets.Payload;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.BucketsRoom;

public abstract class BucketStoreTests(SharedPostgres? postgres)
{
    static readonly WriteConditions Absent = new() { IfNoneMatch = ["*"] };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("abc", true)]
    [InlineData("a.b-c", true)]
    [InlineData("ab", false)]
    [InlineData("Abc", false)]
    [InlineData("a..b", false)]
    [InlineData("a.-b", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("../etc", false)]
    public void Names_of_buckets_are_those_of_hosts(string name, bool isName)
    {
        Assert.Equal(isName, BucketRules.IsBucketName(name));
    }

    [Fact]
    public async Task A_bucket_is_made_with_its_settings_or_not_at_all()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        var settings = new Dictionary<string, string>
        {
            [BucketSettings.Location] = "eu-central-1",
            [BucketSettings.Ownership] = "BucketOwnerEnforced",
        };

        await folder.Store.CreateAsync("whole", "a", settings: settings, cancellationToken: Cancel);
        var again = await Assert.ThrowsAsync<MillraceException>(() => folder.Store.CreateAsync(
            "whole", "b", settings: new Dictionary<string, string> { [BucketSettings.Acl] = "READ *" },
            cancellationToken: Cancel));

        Assert.Equal("bucket-exists", again.Code);
        Assert.Equal(settings, (await folder.Store.StateAsync("whole", Cancel))!.Settings);
    }

    [Fact]
    public async Task Of_many_writers_that_want_the_key_to_be_absent_one_wins()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        await folder.Store.CreateAsync("race", "", cancellationToken: Cancel);

        var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                await folder.Put("race", "key", $"writer {i}", Absent, Cancel);
                return $"writer {i}";
            }
            catch (MillraceException exception) when (exception.Code == "precondition-failed")
            {
                return null;
            }
        }));

        Assert.Equal(await folder.Text("race", "key", cancel: Cancel), Assert.Single(won, text => text is not null));
    }

    [Fact]
    public async Task A_change_of_what_is_not_there_any_more_is_refused()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        await folder.Store.CreateAsync("cas", "", cancellationToken: Cancel);
        var first = await folder.Put("cas", "key", "one", cancel: Cancel);
        var match = new WriteConditions { IfMatch = [first.ETag] };

        await folder.Put("cas", "key", "two", match, Cancel);

        Assert.Equal("precondition-failed", await Code(folder.Put("cas", "key", "three", match, Cancel)));
        Assert.Equal("key-missing", await Code(folder.Put("cas", "other", "three", match, Cancel)));
        Assert.Equal(
            "precondition-failed",
            await Code(folder.Store.DeleteAsync("cas", "key", null, match, cancellationToken: Cancel)));
        Assert.Equal("two", await folder.Text("cas", "key", cancel: Cancel));
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing_visible()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        using var broken = new BrokenStream(3 << 20);

        await Assert.ThrowsAsync<IOException>(() => folder.Store.StoreAsync(broken, cancellationToken: Cancel));

        Assert.Empty(folder.Objects.List());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(128 * 1024)]
    [InlineData((128 * 1024) + 1)]
    [InlineData((3 << 20) + 1)]
    public async Task A_body_that_is_signed_as_a_whole_is_hashed_once_and_stored_under_that_hash(int size)
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        var signed = new PayloadExpectation { SizeBytes = size, Sha256 = SHA256.HashData(bytes) };

        foreach (var length in (long?[])[size, null])
        {
            await using var payload = new VerifiedPayloadStream(new MemoryStream(bytes), signed);
            using var body = await folder.Store.StoreAsync(
                payload, length, sha256: () => payload.Sha256!, cancellationToken: Cancel);
            Assert.Equal(ContentHash.Of(bytes), body.Part.Hash);
        }

        Assert.Equal(bytes, folder.Objects.Read(ContentHash.Of(bytes)));
        await using var other = new VerifiedPayloadStream(
            new MemoryStream(bytes), signed with { Sha256 = new byte[32] });
        Assert.Equal(
            "payload-hash-mismatch",
            await Code(folder.Store.StoreAsync(
                other, size, sha256: () => other.Sha256!, cancellationToken: Cancel)));
        Assert.Equal(ContentHash.Of(bytes), Assert.Single(folder.Objects.List()));
    }

    [Fact]
    public async Task Parts_out_of_order_and_written_twice_become_one_object_without_being_read_again()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        await folder.Store.CreateAsync("parts", "", cancellationToken: Cancel);
        var upload = await folder.Store.BeginUploadAsync(
            "parts", new ObjectVersion { Key = "k" }, "CRC32", isComposite: false, Cancel);
        var bytes = new byte[11 << 20];
        new Random(7).NextBytes(bytes);
        var (first, second, third) = (bytes[..(5 << 20)], bytes[(5 << 20)..(10 << 20)], bytes[(10 << 20)..]);
        await Put(folder, upload.Id, 9, third);
        await Put(folder, upload.Id, 2, third);
        var two = await Put(folder, upload.Id, 2, second);
        var one = await Put(folder, upload.Id, 1, first);
        var nine = await Put(folder, upload.Id, 9, third);
        ChosenPart[] chosen = [new(1, one.ETag), new(2, two.ETag), new(9, nine.ETag)];

        var version = await Complete(folder, upload.Id, chosen);

        Assert.Equal(version.ETag, (await Complete(folder, upload.Id, chosen)).ETag);
        Assert.Equal(bytes.Length, version.SizeBytes);
        Assert.EndsWith("-3", version.ETag);
        Assert.Equal(Crc(bytes), version.Checksum!.Value);
        Assert.Equal(bytes[4_000_000..10_500_000], Read(folder, version, 4_000_000, 6_500_000));
        Assert.Equal(bytes[^5..], Read(folder, version, bytes.Length - 5, 5));
        var roots = new List<ContentHash>();
        await foreach (var root in folder.Store.RootsAsync(Cancel))
            roots.Add(root.Hash);
        Assert.Equal(version.Parts.Select(part => part.Hash), roots);
        Assert.Equal(
            "upload-missing",
            await Code(folder.Store.AbortUploadAsync("parts", "k", upload.Id, Cancel)));
    }

    [Fact]
    public async Task Parts_that_are_wrong_small_or_out_of_order_are_refused_and_kept()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        await folder.Store.CreateAsync("parts", "", cancellationToken: Cancel);
        var upload = await folder.Store.BeginUploadAsync(
            "parts", new ObjectVersion { Key = "k" }, cancellationToken: Cancel);
        var one = await Put(folder, upload.Id, 1, [1]);
        var two = await Put(folder, upload.Id, 2, [2]);

        Assert.Equal("part-small", await Code(Complete(folder, upload.Id, [new(1, one.ETag), new(2, two.ETag)])));
        Assert.Equal("part-order", await Code(Complete(folder, upload.Id, [new(2, two.ETag), new(1, one.ETag)])));
        Assert.Equal("part-wrong", await Code(Complete(folder, upload.Id, [new(1, two.ETag)])));
        Assert.Equal("part-wrong", await Code(Complete(folder, upload.Id, [new(3, two.ETag)])));
        Assert.Equal("upload-empty", await Code(Complete(folder, upload.Id, [])));
        Assert.Equal(2, (await folder.Store.ListPartsAsync("parts", "k", upload.Id, 0, 10, Cancel)).Count);
        Assert.Null(await folder.Text("parts", "k", cancel: Cancel));
    }

    [Fact]
    public async Task Uploads_that_were_given_up_are_dropped_with_their_parts_and_no_other()
    {
        var clock = new SetClock();
        await using var folder = await BucketFolder.OpenAsync(postgres, clock);
        await folder.Store.CreateAsync("parts", "", cancellationToken: Cancel);
        var (gone, fed, done) = (await Begin(), await Begin(), await Begin());
        await Put(folder, gone.Id, 1, [1]);
        var part = await Put(folder, done.Id, 1, [2]);
        await Complete(folder, done.Id, [new(1, part.ETag)]);
        clock.Advance(TimeSpan.FromDays(6));
        await Put(folder, fed.Id, 1, [3]);
        var young = await Begin();
        clock.Advance(TimeSpan.FromDays(1));
        var week = TimeSpan.FromDays(7);

        Assert.Equal(0, await folder.Store.DropUploadsAsync(week + week, isDryRun: false, Cancel));
        Assert.Equal(1, await folder.Store.DropUploadsAsync(week, isDryRun: true, Cancel));
        Assert.Equal(1, await folder.Store.DropUploadsAsync(week, isDryRun: false, Cancel));

        var left = await folder.Store.ListUploadsAsync("parts", new ListQuery(), Cancel);
        Assert.Equal([fed.Id, young.Id], left.Uploads.Select(upload => upload.Id));
        Assert.Equal("upload-missing", await Code(Put(folder, gone.Id, 2, [4])));
        var roots = new List<ContentHash>();
        await foreach (var root in folder.Store.RootsAsync(Cancel))
            roots.Add(root.Hash);
        Assert.Equal([ContentHash.Of([2]), ContentHash.Of([3])], roots);

        Task<MultipartUpload> Begin() => folder.Store.BeginUploadAsync(
            "parts", new ObjectVersion { Key = "k" }, cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_locked_version_stays()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        await folder.Store.CreateAsync("locked", "", hasLock: true, cancellationToken: Cancel);
        await folder.Store.SetSettingAsync("locked", BucketSettings.LockDefault, "GOVERNANCE days 1", Cancel);
        var version = await folder.Put("locked", "k", "text", cancel: Cancel);

        Assert.Equal("object-locked", await Code(Delete(folder, version, passes: false)));
        await folder.Store.UpdateAsync(
            "locked", "k", null, there => there with { Lock = there.Lock with { HasLegalHold = true } }, Cancel);
        Assert.Equal("object-locked", await Code(Delete(folder, version, passes: true)));
        await folder.Store.UpdateAsync(
            "locked", "k", null, there => there with { Lock = there.Lock with { HasLegalHold = false } }, Cancel);
        await Delete(folder, version, passes: true);

        Assert.Empty((await folder.Store.ListVersionsAsync("locked", new ListQuery(), Cancel)).Versions);
    }

    [Fact]
    public async Task A_bucket_with_an_older_version_is_not_deleted()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        await folder.Store.CreateAsync("full", "", cancellationToken: Cancel);
        await folder.Store.SetVersioningAsync("full", BucketVersioning.Enabled, Cancel);
        await folder.Put("full", "k", "text", cancel: Cancel);
        await folder.Store.DeleteAsync("full", "k", null, WriteConditions.None, cancellationToken: Cancel);

        Assert.Equal("bucket-not-empty", await Code(folder.Store.DeleteBucketAsync("full", Cancel)));
        Assert.Equal("bucket-missing", await Code(folder.Put("none", "k", "text", cancel: Cancel)));
        Assert.Equal("key-long", await Code(folder.Put("full", new string('é', 513), "text", cancel: Cancel)));
        Assert.Equal("key-invalid", await Code(folder.Put("full", "a\0b", "text", cancel: Cancel)));
    }

    static async Task<UploadPart> Put(BucketFolder folder, string upload, int number, byte[] bytes)
    {
        using var body = await folder.Store.StoreAsync(
            new MemoryStream(bytes), bytes.Length, cancellationToken: Cancel);
#pragma warning disable CA5351 // ETags are MD5 by the protocol.
        Assert.Equal(MD5.HashData(bytes), body.Md5);
#pragma warning restore CA5351
        return await folder.Store.PutPartAsync("parts", "k", upload, number, body, Crc(bytes), Cancel);
    }

    static Task<ObjectVersion> Complete(BucketFolder folder, string upload, ChosenPart[] chosen) =>
        folder.Store.CompleteUploadAsync("parts", "k", upload, chosen, WriteConditions.None, null, Cancel);

    static Task<DeleteOutcome> Delete(BucketFolder folder, ObjectVersion version, bool passes) =>
        folder.Store.DeleteAsync("locked", "k", version.VersionId, WriteConditions.None, passes, Cancel);

    static byte[] Read(BucketFolder folder, ObjectVersion version, long offset, int length)
    {
        using var stream = folder.Store.OpenRead(version, offset, length);
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        Assert.Equal(-1, stream.ReadByte());
        return bytes;
    }

    static string Crc(byte[] bytes)
    {
        var crc = Crc32.Hash(bytes);
        Array.Reverse(crc);
        return Convert.ToBase64String(crc);
    }

    static async Task<string> Code(Task task) => (await Assert.ThrowsAsync<MillraceException>(() => task)).Code;

    public sealed class OnSqlite() : BucketStoreTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : BucketStoreTests(postgres);
}
