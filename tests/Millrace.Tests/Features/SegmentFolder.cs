using Millrace.Features;

namespace Millrace.Tests.FeaturesRoom;

/// <summary>A temporary folder with the sample rows that the segment tests share.</summary>
sealed class SegmentFolder : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("online-segment-").FullName;

    /// <summary>One column of each type, and a key of each type that a key may have.</summary>
    public static FeatureSchema Schema { get; } = new(
        [
            new FeatureColumn("user", FeatureType.Int64),
            new FeatureColumn("country", FeatureType.Text),
            new FeatureColumn("premium", FeatureType.Boolean),
            new FeatureColumn("day", FeatureType.Timestamp),
        ],
        [
            new FeatureColumn("posts", FeatureType.Int64),
            new FeatureColumn("mean likes", FeatureType.Double),
            new FeatureColumn("score", FeatureType.Float),
            new FeatureColumn("größe", FeatureType.Text),
            new FeatureColumn("active", FeatureType.Boolean),
            new FeatureColumn("last login", FeatureType.Timestamp),
            new FeatureColumn("embedding", FeatureType.FloatArray),
        ]);

    public static FeatureRow[] Rows { get; } =
    [
        new(
            [7L, "DE", true, 0L],
            [1L, -0.0, float.NaN, "groß 🐈", true, 1_773_532_800_000_000, new[] { 1f, -0f }]),
        new(
            [-7L, "", false, -1L],
            [long.MinValue, double.NaN, float.Epsilon, "", false, long.MinValue, Array.Empty<float>()]),
        new([8L, "1", true, 23L], [null, null, null, null, null, null, null]),
        new(
            [8L, "12", true, 3L],
            [long.MaxValue, double.MaxValue, null, "\0", null, long.MaxValue, new[] { float.NaN }]),
    ];

    public static object[][] AbsentKeys { get; } =
        [[7L, "DE", false, 0L], [9L, "DE", true, 0L], [8L, "123", true, 0L], [0L, "", true, 0L]];

    public static string RepositoryRoot
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
                folder = folder.Parent;
            Assert.NotNull(folder);
            return folder.FullName;
        }
    }

    public string PathOf(string name) => Path.Combine(_folder, name);

    public string Write(string name, FeatureSchema schema, IEnumerable<FeatureRow> rows)
    {
        var writer = new OnlineSegmentWriter(PathOf(name), schema);
        foreach (var row in rows)
            writer.Add(row.Key, row.Values);
        writer.Complete();
        return PathOf(name);
    }

    public static void AssertSame(IReadOnlyList<object?> expected, IReadOnlyList<object?> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var index = 0; index < expected.Count; index++)
            Assert.Equal(Bits(expected[index]), Bits(actual[index]));
    }

    /// <summary>A value that is equal only when all bits are: NaN equals itself here, and 0.0 is not −0.0.</summary>
    static object? Bits(object? value) => value switch
    {
        double number => ("double", BitConverter.DoubleToInt64Bits(number)),
        float number => ("float", BitConverter.SingleToInt32Bits(number)),
        float[] numbers => string.Join(' ', numbers.Select(BitConverter.SingleToInt32Bits)) + " floats",
        _ => value,
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
