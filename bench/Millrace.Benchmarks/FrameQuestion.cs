using Millrace.Tables.Frames;
using static Millrace.Tables.Frames.Expressions;

namespace Millrace.Benchmarks;

/// <summary>A group-by question of db-benchmark, as a frame and as its DuckDB solution says it.</summary>
sealed record FrameQuestion(string Name, Func<Frame, Frame> Frame, string Sql)
{
    public static IReadOnlyList<FrameQuestion> All { get; } =
    [
        new("q1 sum v1 by id1", x => x.GroupBy("id1").Agg(("v1", Col("v1").Sum())),
            "select id1, sum(v1) as v1 from x group by id1"),
        new("q2 sum v1 by id1:id2", x => x.GroupBy("id1", "id2").Agg(("v1", Col("v1").Sum())),
            "select id1, id2, sum(v1) as v1 from x group by id1, id2"),
        new("q3 sum v1 mean v3 by id3", x => x.GroupBy("id3").Agg(("v1", Col("v1").Sum()), ("v3", Col("v3").Mean())),
            "select id3, sum(v1) as v1, avg(v3) as v3 from x group by id3"),
        new("q4 mean v1:v3 by id4", x => x.GroupBy("id4").Agg(
                ("v1", Col("v1").Mean()), ("v2", Col("v2").Mean()), ("v3", Col("v3").Mean())),
            "select id4, avg(v1) as v1, avg(v2) as v2, avg(v3) as v3 from x group by id4"),
        new("q5 sum v1:v3 by id6", x => x.GroupBy("id6").Agg(
                ("v1", Col("v1").Sum()), ("v2", Col("v2").Sum()), ("v3", Col("v3").Sum())),
            "select id6, sum(v1) as v1, sum(v2) as v2, sum(v3) as v3 from x group by id6"),
        new("q6 median v3 sd v3 by id4:id5", x => x.GroupBy("id4", "id5").Agg(
                ("median_v3", Col("v3").Median()), ("sd_v3", Col("v3").Std())),
            "select id4, id5, quantile_cont(v3, 0.5) as median_v3, stddev(v3) as sd_v3 from x group by id4, id5"),
        new("q7 max v1 - min v2 by id3", x => x.GroupBy("id3").Agg(("range_v1_v2", Col("v1").Max() - Col("v2").Min())),
            "select id3, max(v1) - min(v2) as range_v1_v2 from x group by id3"),
        new("q8 largest two v3 by id6", x => x.DropNull("v3").GroupBy("id6").Head(2, Col("v3").Descending())
                .Select("id6", ("largest2_v3", Col("v3"))),
            "select id6, v3 as largest2_v3 from (select id6, v3, row_number() over (partition by id6 order by v3 desc) "
            + "as order_v3 from x where v3 is not null) where order_v3 <= 2"),
        new("q9 regression v1 v2 by id2:id4",
            x => x.GroupBy("id2", "id4").Agg(("r2", Col("v1").Corr(Col("v2")).Pow(2))),
            "select id2, id4, pow(corr(v1, v2), 2) as r2 from x group by id2, id4"),
        new("q10 sum v3 count by id1:id6", x => x.GroupBy("id1", "id2", "id3", "id4", "id5", "id6").Agg(
                ("v3", Col("v3").Sum()), ("count", Count())),
            "select id1, id2, id3, id4, id5, id6, sum(v3) as v3, count(*) as count from x "
            + "group by id1, id2, id3, id4, id5, id6"),
    ];
}
