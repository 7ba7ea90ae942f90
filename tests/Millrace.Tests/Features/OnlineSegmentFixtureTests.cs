using Millrace.Features;

namespace Millrace.Tests.FeaturesRoom;

/// <summary>Segments of every released version are read for ever.</summary>
public sealed class OnlineSegmentFixtureTests : IDisposable
{
    const string HashV1 = "eb9833993c893d9587a96b7062472e378cfa900a20f7ef0d36006fca9aafd9f5";

    readonly SegmentFolder _folder = new();

    static string FixtureV1 =>
        Path.Combine(SegmentFolder.RepositoryRoot, "tests", "Millrace.Tests", "Fixtures", "online-segment-v1.seg");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Version_1_is_read()
    {
        using var segment = OnlineSegment.Open(FixtureV1);

        segment.Verify(TestContext.Current.CancellationToken);
        Assert.Equal(HashV1, segment.Hash);
        Assert.Equal(SegmentFolder.Schema.Keys, segment.Schema.Keys);
        Assert.Equal(SegmentFolder.Schema.Features, segment.Schema.Features);
        Assert.Equal(SegmentFolder.Rows.Length, segment.Count);
        foreach (var row in SegmentFolder.Rows)
        {
            Assert.True(segment.TryGet(row.Key, out var values));
            SegmentFolder.AssertSame(row.Values, values.ToArray());
        }
    }

    [Fact]
    public void The_writer_still_writes_version_1_to_the_byte()
    {
        var written = _folder.Write("s", SegmentFolder.Schema, SegmentFolder.Rows);

        Assert.Equal(File.ReadAllBytes(FixtureV1), File.ReadAllBytes(written));
    }
}
