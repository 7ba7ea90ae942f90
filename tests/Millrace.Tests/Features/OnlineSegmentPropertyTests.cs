using System.Text;
using CsCheck;
using Millrace.Features;

namespace Millrace.Tests.FeaturesRoom;

public sealed class OnlineSegmentPropertyTests : IDisposable
{
    static readonly Gen<string> Texts = Gen.OneOf(Gen.Int[0, 0x7F], Gen.Int[0, 0xD7FF], Gen.Int[0xE000, 0x10FFFF])
        .Select(value => new Rune(value).ToString()).Array[0, 5].Select(string.Concat);

    static readonly Gen<float> Floats = Gen.OneOf(
        Gen.UInt.Select(BitConverter.UInt32BitsToSingle), Gen.OneOf(0f, -0f, float.NaN, float.PositiveInfinity));

    static readonly Gen<double> Doubles = Gen.OneOf(
        Gen.ULong.Select(BitConverter.UInt64BitsToDouble), Gen.OneOf(0d, -0d, double.NaN, double.NegativeInfinity));

    static readonly Gen<FeatureType> KeyTypes = Gen.OneOf(
        FeatureType.Int64, FeatureType.Text, FeatureType.Boolean, FeatureType.Timestamp);

    static readonly Gen<FeatureSchema> Schemas = Gen.Select(
        KeyTypes.Array[1, 3],
        Gen.OneOf(Enum.GetValues<FeatureType>()).Array[1, 18],
        (keys, features) => new FeatureSchema(
            keys.Select((type, index) => new FeatureColumn($"key {index}", type)),
            features.Select((type, index) => new FeatureColumn($"feature {index}", type))));

    static readonly Gen<(FeatureSchema Schema, FeatureRow[] Rows, object[][] Others)> Cases =
        from schema in Schemas
        from rows in Row(schema).Array[0, 40]
        from others in Key(schema).Array[10]
        select (schema, rows.DistinctBy(row => Identity(row.Key)).ToArray(), others);

    readonly SegmentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_segment_equals_its_twin_in_memory_and_knows_no_other_key()
    {
        Cases.Sample(
            sample =>
            {
                var twin = sample.Rows.ToDictionary(row => Identity(row.Key), row => row.Values);
                using var segment = OnlineSegment.Open(_folder.Write("s", sample.Schema, sample.Rows));

                Assert.Equal(twin.Count, segment.Count);
                Assert.Equal(sample.Schema.Keys, segment.Schema.Keys);
                Assert.Equal(sample.Schema.Features, segment.Schema.Features);
                foreach (var key in sample.Rows.Select(row => row.Key).Concat(sample.Others))
                {
                    var isFound = segment.TryGet(key, out var values);
                    Assert.Equal(twin.TryGetValue(Identity(key), out var expected), isFound);
                    if (isFound)
                        SegmentFolder.AssertSame(expected!, values.ToArray());
                }

                var listed = segment.Rows().ToArray();
                Assert.Equal(twin.Count, listed.DistinctBy(row => Identity(row.Key)).Count());
                Assert.All(listed, row => SegmentFolder.AssertSame(twin[Identity(row.Key)], row.Values));
                segment.Verify(TestContext.Current.CancellationToken);
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void The_order_of_the_rows_does_not_change_a_byte()
    {
        var shuffled = from sample in Cases
                       from rows in Gen.Shuffle(sample.Rows)
                       select (sample.Schema, sample.Rows, Shuffled: rows);

        shuffled.Sample(
            sample =>
            {
                var one = _folder.Write("one", sample.Schema, sample.Rows);
                var other = _folder.Write("other", sample.Schema, sample.Shuffled);

                Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(other));
            },
            iter: 100,
            threads: 1);
    }

    [Fact]
    public void Another_value_gives_another_hash()
    {
        var counts = new FeatureSchema(
            [new FeatureColumn("user", FeatureType.Int64)], [new FeatureColumn("mean", FeatureType.Double)]);
        using var plus = OnlineSegment.Open(_folder.Write("plus", counts, [new FeatureRow([1L], [0.0])]));
        using var minus = OnlineSegment.Open(_folder.Write("minus", counts, [new FeatureRow([1L], [-0.0])]));

        Assert.NotEqual(plus.Hash, minus.Hash);
    }

    static Gen<FeatureRow> Row(FeatureSchema schema) => Gen.Select(
        Key(schema),
        Each(schema.Features, type => Gen.Frequency((4, Value(type)), (1, Gen.Const((object?)null)))),
        (key, values) => new FeatureRow(key, values));

    static Gen<object[]> Key(FeatureSchema schema) =>
        Each(schema.Keys, Value).Select(key => key.Select(value => value!).ToArray());

    static Gen<object?[]> Each(IReadOnlyList<FeatureColumn> columns, Func<FeatureType, Gen<object?>> value) =>
        columns.Aggregate(
            Gen.Const(Array.Empty<object?>()),
            (row, column) => Gen.Select(row, value(column.Type), (left, right) => left.Append(right).ToArray()));

    static Gen<object?> Value(FeatureType type) => type switch
    {
        FeatureType.Int64 or FeatureType.Timestamp =>
            Gen.OneOf(Gen.Long, Gen.Long[-3, 3]).Select(value => (object?)value),
        FeatureType.Double => Doubles.Select(value => (object?)value),
        FeatureType.Float => Floats.Select(value => (object?)value),
        FeatureType.Text => Texts.Select(value => (object?)value),
        FeatureType.Boolean => Gen.Bool.Select(value => (object?)value),
        _ => Floats.Array[0, 9].Select(value => (object?)value),
    };

    /// <summary>A key as text that tells apart what is apart, made without the code under test.</summary>
    static string Identity(object[] key) =>
        string.Join('|', key.Select(value => value is string text ? $"{text.Length}:{text}" : value.ToString()));
}
