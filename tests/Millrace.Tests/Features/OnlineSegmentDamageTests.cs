using CsCheck;
using Millrace.Features;

namespace Millrace.Tests.FeaturesRoom;

public sealed class OnlineSegmentDamageTests : IDisposable
{
    readonly SegmentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_cut_short_anywhere_is_not_opened()
    {
        var whole = File.ReadAllBytes(_folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows));

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder.PathOf("cut"), whole[..length]);
            AssertDamaged(() => OnlineSegment.Open(_folder.PathOf("cut")));
        }

        File.WriteAllBytes(_folder.PathOf("long"), [.. whole, 0]);
        AssertDamaged(() => OnlineSegment.Open(_folder.PathOf("long")));
    }

    [Fact]
    public void A_turned_bit_is_reported_and_never_a_wrong_value_or_a_missing_entity()
    {
        var bytes = File.ReadAllBytes(_folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows));
        var openedCount = 0;

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(_folder.PathOf("turned"), bytes);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (OpenOrDamaged(_folder.PathOf("turned")) is not { } segment)
                continue;

            openedCount++;
            AssertRightOrDamaged(segment);
            AssertDamaged(() => segment.Verify(TestContext.Current.CancellationToken));
        }

        // Index and records are not read by opening, so damage there must have come this far.
        Assert.InRange(openedCount, 1, (bytes.Length * 8) - 1);
    }

    [Fact]
    public void Swapped_index_buckets_are_reported()
    {
        var rows = Enumerable.Range(0, 8).Select(user => new FeatureRow([(long)user], [0L]));
        var schema = new FeatureSchema(
            [new FeatureColumn("user", FeatureType.Int64)], [new FeatureColumn("posts", FeatureType.Int64)]);
        var bytes = File.ReadAllBytes(_folder.Write("s", schema, rows));
        var index = (int)BitConverter.ToInt64(bytes, 48);
        Assert.Equal(2, BitConverter.ToInt64(bytes, 56));

        var (first, second) = (bytes[index..(index + 64)], bytes[(index + 64)..(index + 128)]);
        second.CopyTo(bytes, index);
        first.CopyTo(bytes, index + 64);
        File.WriteAllBytes(_folder.PathOf("swapped"), bytes);
        using var segment = OnlineSegment.Open(_folder.PathOf("swapped"));

        AssertDamaged(() => segment.TryGet(0L, out _));
    }

    [Fact]
    public void Forged_bytes_with_right_checksums_end_in_an_error_or_a_value_and_never_in_a_crash()
    {
        var original = File.ReadAllBytes(_folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows));
        var value = Gen.OneOf(Gen.Byte, Gen.OneOf<byte>(0, 1, 127, 128, 255));
        var change = Gen.Select(Gen.Int[8, original.Length - 1], value);

        change.Array[1, 6].Sample(
            changes =>
            {
                var bytes = (byte[])original.Clone();
                foreach (var (offset, changed) in changes)
                    bytes[offset] = changed;
                SegmentSeals.SealAll(bytes, original);
                File.WriteAllBytes(_folder.PathOf("forged"), bytes);
                ReadAll(_folder.PathOf("forged"));
            },
            iter: 5_000,
            threads: 1);
    }

    [Fact]
    public void A_forged_index_without_an_end_does_not_hold_a_lookup()
    {
        var rows = Enumerable.Range(0, 64).Select(user => new FeatureRow([(long)user], [0L]));
        var schema = new FeatureSchema(
            [new FeatureColumn("user", FeatureType.Int64)], [new FeatureColumn("posts", FeatureType.Int64)]);
        var original = File.ReadAllBytes(_folder.Write("s", schema, rows));
        var bytes = (byte[])original.Clone();
        var index = (int)BitConverter.ToInt64(bytes, 48);
        var bucketCount = (int)BitConverter.ToInt64(bytes, 56);
        for (var bucket = 0; bucket < bucketCount; bucket++)
            bytes[index + (bucket * 64) + 6] = 1;
        bytes[64] = (byte)(bucketCount - 1);
        SegmentSeals.SealAll(bytes, original);
        File.WriteAllBytes(_folder.PathOf("endless"), bytes);

        using var segment = OnlineSegment.Open(_folder.PathOf("endless"));

        Assert.False(segment.TryGet(1_000L, out _));
        Assert.True(segment.TryGet(1L, out _));
    }

    static void AssertRightOrDamaged(OnlineSegment segment)
    {
        foreach (var row in SegmentFolder.Rows)
        {
            OrDamaged(() =>
            {
                Assert.True(segment.TryGet(row.Key, out var values));
                SegmentFolder.AssertSame(row.Values, values.ToArray());
            });
        }

        foreach (var key in SegmentFolder.AbsentKeys)
            OrDamaged(() => Assert.False(segment.TryGet(key, out _)));
        OrDamaged(() => Assert.Equal(SegmentFolder.Rows.Length, segment.Rows().Count()));
    }

    /// <summary>Whatever the bytes are, only a MillraceException may come out.</summary>
    static void ReadAll(string path)
    {
        OnlineSegment segment;
        try
        {
            segment = OnlineSegment.Open(path);
        }
        catch (MillraceException)
        {
            return;
        }

        foreach (var key in SegmentFolder.Rows.Select(row => row.Key).Concat(SegmentFolder.AbsentKeys))
        {
            try
            {
                if (segment.TryGet(key, out var values))
                    values.ToArray();
            }
            catch (Exception cause) when (cause is MillraceException or ArgumentException)
            {
                // ArgumentException: the forged schema has another number of key columns than the keys asked for.
                Assert.True(cause is MillraceException || segment.Schema.Keys.Count != key.Length, cause.ToString());
            }
        }

        OrDamaged(() => segment.Verify(TestContext.Current.CancellationToken));
    }

    static OnlineSegment? OpenOrDamaged(string path)
    {
        OnlineSegment? segment = null;
        OrDamaged(() => segment = OnlineSegment.Open(path));
        return segment;
    }

    static void OrDamaged(Action read)
    {
        try
        {
            read();
        }
        catch (MillraceException damage)
        {
            Assert.Equal((ErrorKind.Corrupt, "online-segment-damaged"), (damage.Kind, damage.Code));
        }
    }

    static void AssertDamaged(Action read)
    {
        var damage = Assert.Throws<MillraceException>(read);
        Assert.Equal((ErrorKind.Corrupt, "online-segment-damaged"), (damage.Kind, damage.Code));
    }
}
