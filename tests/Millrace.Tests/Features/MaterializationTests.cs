using Millrace.Features;
using Millrace.Pipelines;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.FeaturesRoom;

public sealed class MaterializationTests
{
    const string Rows =
        """
        select i::bigint as id,
               case i when 0 then 'nan'::double when 1 then '-0.0'::double when 2 then null else i / 3.0 end as x,
               case i when 0 then [] when 1 then null else [i::float, 'nan'::float, -0.0::float] end as v,
               timestamptz '2026-01-01 00:00:00.000001+00' + interval (i) second as at, 'text ' || i as s,
               i % 2 = 0 as b
        from range(300) t(i)
        """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_are_served_exactly_as_the_table_has_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows, "id");

        var version = (await MaterializeAsync(workspace)).Versions[0];

        Assert.Contains("\"entities\":300,\"features\":5,\"checkedRows\":200,\"equalRows\":200", version.Summary);
        using var segment = await workspace.Open.Online.OpenAsync("view", Stop);
        Assert.True(segment.TryGet([0L], out var first));
        SegmentFolder.AssertSame(
            [double.NaN, Array.Empty<float>(), 1_767_225_600_000_001, "text 0", true],
            [.. first.ToArray().Select(value => value is double x && double.IsNaN(x) ? double.NaN : value)]);
        Assert.True(segment.TryGet([1L], out var second));
        SegmentFolder.AssertSame([-0.0, null, 1_767_225_601_000_001, "text 1", false], second.ToArray());
        Assert.Equal(version, (await MaterializeAsync(workspace)).Versions[0]);
    }

    [Theory]
    [InlineData("v", "[i::float, 'nan'::float, 0.0::float]")]
    [InlineData("v", "[i::float, 'nan'::float]")]
    [InlineData("x", "nextafter(i / 3.0, 1e300)")]
    [InlineData("x", "null::double")]
    [InlineData("s", "'text'")]
    [InlineData("id", "(i + 1000)::bigint")]
    public async Task A_served_value_that_differs_in_one_bit_stops_the_publication(string column, string value)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        const string Sure = "select i::bigint as id, i / 3.0 as x, [i::float, 'nan'::float, -0.0::float] as v, "
            + "'text ' || i as s from range(10, 20) t(i)";
        await workspace.AppendAsync("t", Sure, "id");
        await MaterializeAsync(workspace);
        var segment = Directory.EnumerateFiles(Path.Join(workspace.Open.Paths.Online, "view"), "*.seg").Single();
        using var session = workspace.Tables.OpenSession();
        session.Attach("t", workspace.Log("t")!);
        var schema = new FeatureSchema(
            [new FeatureColumn("id", FeatureType.Int64)],
            [
                new FeatureColumn("x", FeatureType.Double), new FeatureColumn("v", FeatureType.FloatArray),
                new FeatureColumn("s", FeatureType.Text),
            ]);

        Assert.Equal(10, Materialization.Check(session, "select id, x, v, s from t", schema, segment, "view"));
        var other = $"select id, x, v, s from (select * replace ({value} as {column}) from "
            + "(select i::bigint as id, i / 3.0 as x, [i::float, 'nan'::float, -0.0::float] as v, "
            + "'text ' || i as s, i from range(10, 20) t(i)))";

        var failure = Assert.Throws<MillraceException>(
            () => Materialization.Check(session, other, schema, segment, "view"));

        Assert.Equal("online-differs", failure.Code);
    }

    static Task<TaskOutcome> MaterializeAsync(TestWorkspace workspace, int day = 1)
    {
        var pipeline = Pipeline.Create("night", []);
        pipeline.Materialize(
            "view", pipeline.Sql("t", $"select 1", ["id"]), new DateTimeOffset(2026, 3, day, 0, 0, 0, TimeSpan.Zero));
        return workspace.RunTaskAsync(pipeline, "view_online");
    }
}
