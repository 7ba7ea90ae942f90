using System.Runtime.CompilerServices;
using Millrace.Features;

namespace Millrace.Tests.FeaturesRoom;

public sealed class OnlineSegmentTests : IDisposable
{
    static readonly FeatureSchema Counts = new(
        [new FeatureColumn("user", FeatureType.Int64)], [new FeatureColumn("posts", FeatureType.Int64)]);

    readonly SegmentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_value_is_read_by_index_or_by_name_in_its_own_type()
    {
        using var segment = OnlineSegment.Open(_folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows));

        Assert.True(segment.TryGet([7L, "DE", true, 0L], out var values));

        Assert.Equal(1, values.Int64("posts"));
        Assert.True(double.IsNegative(values.Double("mean likes")));
        Assert.Equal(BitConverter.SingleToInt32Bits(float.NaN), BitConverter.SingleToInt32Bits(values.Float(2)));
        Assert.Equal("groß 🐈", values.Text("größe"));
        Assert.True(values.TextUtf8(3).SequenceEqual("groß 🐈"u8));
        Assert.True(values.Boolean(4));
        Assert.Equal(1_773_532_800_000_000, values.TimestampMicros("last login"));
        Assert.Equal([1f, -0f], values.FloatArray("embedding").ToArray());
        Assert.False(values.IsNull("embedding"));
        Assert.Equal(7, values.Count);
    }

    [Fact]
    public void A_null_or_another_type_is_never_read_as_a_value()
    {
        using var segment = OnlineSegment.Open(_folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows));

        AssertRefused<InvalidOperationException>([8L, "1", true, 23L], values => values.Int64(0), "null");
        AssertRefused<InvalidOperationException>([7L, "DE", true, 0L], values => values.Double(0), "not double");
        AssertRefused<MillraceException>([7L, "DE", true, 0L], values => values.Int64("nope"), "'nope'");
        AssertRefused<ArgumentOutOfRangeException>([7L, "DE", true, 0L], values => values.IsNull(7), "index");
        AssertRefused<ArgumentOutOfRangeException>([7L, "DE", true, 0L], values => values.Int64(-1), "index");

        void AssertRefused<T>(object[] key, Read read, string reason)
            where T : Exception
        {
            var refusal = Assert.Throws<T>(() =>
            {
                Assert.True(segment.TryGet(key, out var values));
                read(values);
            });
            Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_that_no_entity_can_have_is_absent_and_one_of_a_wrong_type_is_refused()
    {
        using var segment = OnlineSegment.Open(_folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows));

        Assert.False(segment.TryGet([7L, null, true, 0L], out _));
        Assert.False(segment.TryGet([7L, "\uD800", true, 0L], out _));
        Assert.False(segment.TryGet([7L, new string('x', 10_000), true, 0L], out _));
        Assert.True(segment.TryGet([7, "DE", true, 0L], out _));
        var refusal = Assert.Throws<MillraceException>(() => segment.TryGet(["7", "DE", true, 0L], out _));
        Assert.Equal("feature-type-mismatch", refusal.Code);
        Assert.Throws<ArgumentException>(() => segment.TryGet([7L], out _));
        Assert.Throws<InvalidOperationException>(() => segment.TryGet(7L, out _));
    }

    [Fact]
    public void An_empty_segment_finds_nothing_and_is_whole()
    {
        using var segment = OnlineSegment.Open(_folder.Write("s", Counts, []));

        Assert.Equal(0, segment.Count);
        Assert.False(segment.TryGet(1L, out _));
        Assert.Empty(segment.Rows());
        segment.Verify(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Ten_thousand_numbers_are_found_and_listed_in_their_order()
    {
        var rows = Enumerable.Range(-5_000, 10_000).Select(user => new FeatureRow([(long)user], [user * 3L]));

        using var segment = OnlineSegment.Open(_folder.Write("s", Counts, rows.Reverse()));

        for (var user = -5_000L; user < 5_000; user++)
        {
            Assert.True(segment.TryGet(user, out var values));
            Assert.Equal(user * 3, values.Int64(0));
        }

        Assert.False(segment.TryGet(5_000L, out _));
        Assert.Equal(
            Enumerable.Range(-5_000, 10_000).Select(user => (object)(long)user),
            segment.Rows().Select(row => row.Key[0]));
        segment.Verify(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Two_rows_of_one_key_are_refused_by_name_and_the_older_file_stays()
    {
        var path = _folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows);
        var before = File.ReadAllBytes(path);

        var refusal = Assert.Throws<MillraceException>(
            () => _folder.Write("s", SegmentFolder.Schema, [.. SegmentFolder.Rows, SegmentFolder.Rows[0]]));

        Assert.Equal((ErrorKind.Invalid, "duplicate-key"), (refusal.Kind, refusal.Code));
        Assert.Contains("(7, 'DE', True, 0)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_row_that_does_not_fit_its_schema_is_refused_and_leaves_the_writer_usable()
    {
        var texts = new FeatureSchema(
            [new FeatureColumn("user", FeatureType.Text)], [new FeatureColumn("name", FeatureType.Text)]);
        var writer = new OnlineSegmentWriter(_folder.PathOf("s"), texts);

        Assert.Equal("feature-key-null", Refusal([null], ["x"]));
        Assert.Equal("feature-text-invalid", Refusal(["\uDC00"], ["x"]));
        Assert.Equal("feature-text-invalid", Refusal(["a"], ["x\uD800"]));
        Assert.Equal("feature-type-mismatch", Refusal(["a"], [1L]));
        Assert.Equal("feature-row-too-large", Refusal(["a"], [new string('x', 17 << 20)]));
        Assert.Throws<ArgumentException>(() => writer.Add(["a"], []));
        Assert.Equal(0, writer.Count);
        writer.Add(["a"], ["x"]);
        var hash = writer.Complete();

        using var segment = OnlineSegment.Open(_folder.PathOf("s"));
        Assert.Equal(hash, segment.Hash);
        Assert.Equal("x", Assert.Single(segment.Rows()).Values[0]);
        Assert.Throws<InvalidOperationException>(() => writer.Add(["b"], ["x"]));

        string Refusal(object?[] key, object?[] values) =>
            Assert.Throws<MillraceException>(() => writer.Add(key, values)).Code;
    }

    [Fact]
    public async Task Readers_under_way_finish_with_right_values_when_the_segment_is_disposed_and_its_file_deleted()
    {
        var rows = Enumerable.Range(0, 1_000).Select(user => new FeatureRow([(long)user], [user * 3L]));
        var path = _folder.Write("s", Counts, rows);
        var segment = OnlineSegment.Open(path);
        using var areReading = new CountdownEvent(4);

        var readers = Enumerable.Range(0, 4)
            .Select(_ => Task.Factory.StartNew(
                () => ReadUntilDisposed(segment, areReading),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))
            .ToArray();
        areReading.Wait(TestContext.Current.CancellationToken);
        segment.Dispose();
        File.Delete(path);
        var counts = await Task.WhenAll(readers);

        Assert.All(counts, count => Assert.True(count >= 1_000));
        Assert.Throws<ObjectDisposedException>(() => segment.TryGet(1L, out _));
    }

    [Fact]
    public void Values_outlive_the_segment_they_came_from()
    {
        var path = _folder.Write("s", Counts, [new FeatureRow([1L], [42L])]);

        var values = GetAndDispose(path);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(42, values.Int64(0));
    }

    [Fact]
    public void A_missing_file_and_a_newer_version_are_told_apart_from_damage()
    {
        var missing = Assert.Throws<MillraceException>(() => OnlineSegment.Open(_folder.PathOf("none")));
        Assert.Equal((ErrorKind.NotFound, "online-segment-missing"), (missing.Kind, missing.Code));

        var bytes = File.ReadAllBytes(_folder.Write("s", Counts, []));
        bytes[8] = 2;
        SegmentSeals.SealHeader(bytes);
        File.WriteAllBytes(_folder.PathOf("newer"), bytes);
        var newer = Assert.Throws<MillraceException>(() => OnlineSegment.Open(_folder.PathOf("newer")));
        Assert.Equal((ErrorKind.Invalid, "online-segment-newer"), (newer.Kind, newer.Code));
    }

    static int ReadUntilDisposed(OnlineSegment segment, CountdownEvent areReading)
    {
        for (var count = 0; ; count++)
        {
            if (count == 1_000)
                areReading.Signal();
            try
            {
                Assert.True(segment.TryGet(count % 1_000L, out var values));
                Assert.Equal(count % 1_000L * 3, values.Int64(0));
            }
            catch (ObjectDisposedException)
            {
                return count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static FeatureValues GetAndDispose(string path)
    {
        using var segment = OnlineSegment.Open(path);
        Assert.True(segment.TryGet(1L, out var values));
        return values;
    }

    delegate void Read(FeatureValues values);
}
