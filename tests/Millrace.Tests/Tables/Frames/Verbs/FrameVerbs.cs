using Millrace.Tables.Frames;
using static Millrace.Tables.Frames.Expressions;

namespace Millrace.Tests.TablesRoom.Frames.Verbs;

/// <summary>Each verb over two tables <c>t</c> and <c>u</c>, beside plain SQL of DuckDB.</summary>
public static class FrameVerbs
{
    /// <summary>A column's name that SQL must quote.</summary>
    public const string OddName = "Größe \"of\" 'it'; --";

    const string Odd = "\"Größe \"\"of\"\" 'it'; --\"";

    static readonly string[] Melted = ["x", "y"];
    static readonly string[] KeyG = ["g"];

    public static IReadOnlyDictionary<string, (Func<Frame, Frame, Frame> Frame, string Sql, bool IsOrdered)> Cases
    {
        get;
    } = new Dictionary<string, (Func<Frame, Frame, Frame> Frame, string Sql, bool IsOrdered)>
    {
        ["select"] = ((t, _) => t.Select("g", ("twice", Col("x") * 2), OddName),
            $"select g, x * 2 as twice, {Odd} from t", true),
        ["select again"] = ((t, _) => t.Select("g", ("a", Col("x") * 2)).Select(("g", Col("a") + 1), ("a", Col("g"))),
            "select x * 2 + 1 as g, g as a from t", true),
        ["swap"] = ((t, _) => t.Select(("g", Col("y")), ("y", Col("g"))).Filter(Col("g") > 0).Sort("g", "y"),
            "select t.y as g, t.g as y from t where t.y > 0 order by 1, 2", true),
        ["with"] = ((t, _) => t.With("s", Col("x") + Col("y")).With("x", Col("s") * 2).Drop("l", "t"),
            $"select k, g, (x + y) * 2 as x, y, {Odd}, b, x + y as s from t", true),
        ["with shadows"] = ((t, _) => t.With("x", Col("x") + 1).Filter(Col("x") > 1).Select("x"),
            "select x + 1 as x from t where t.x + 1 > 1", true),
        ["rename"] = ((t, _) => t.Rename(("g", "Group"), ("k", "key")).Select("GROUP", "key"),
            "select g as \"GROUP\", k as key from t", true),
        ["move first"] = ((t, _) => t.Select("k", "g", "x").MoveFirst("x"), "select x, k, g from t", true),
        ["cast"] = ((t, _) => t.Select("g", "k").Cast(("g", "varchar")).TryCast(("k", "double")),
            "select cast(g as varchar) as g, try_cast(k as double) as k from t", true),
        ["filter"] = ((t, _) => t.Filter(Col("x") > 0 & Col("k") != "it's" | !Col("b")).Select("k", "x", "b"),
            "select k, x, b from t where (x > 0 and k <> 'it''s') or not b", true),
        ["filter twice"] = ((t, _) => t.Filter(Col("g") >= 0 | Col("b")).Filter(Col("y") < 1).Select("g", "y"),
            "select g, y from t where (g >= 0 or b) and y < 1", true),
        ["filter after window"] = ((t, _) => t.With("r", RowNumber().Over(Window.PartitionBy("g")
                .OrderBy(Col("y"), Col("x"), Col(OddName), Col("k"), Col("b"), Col("t"))))
                .Filter(Col("r") == 1).Select("g", "y", "r"),
            $"""
            select g, y, r from (select *, row_number() over (partition by g order by y, x, {Odd}, k, b, t) as r from t)
            where r = 1
            """, false),
        ["filter by window"] = ((t, _) => t.Filter(Col("y") == Col("y").Max().Over(Window.PartitionBy("g")))
                .Select("g", "y").Filter(Col("g") > 0),
            "select g, y from (select *, max(y) over (partition by g) as m from t) where y = m and g > 0", false),
        ["sort"] = ((t, _) => t.Sort(
                Col("x").Descending(), "g", Col("k").Ascending().NullsFirst(), "y", OddName)
                .Select("x", "g", "k", "y", OddName),
            $"select x, g, k, y, {Odd} from t order by x desc, g, k nulls first, y, {Odd}", true),
        ["sort, then verbs"] = ((t, _) => t.Select("g", "x", "y").Distinct().Sort("g", "x", "y")
                .With("z", Col("x") + 1).Filter(Col("z") > 0).Head(3),
            "select * from (select distinct g, x, y, x + 1 as z from t) where z > 0 order by g, x, y limit 3", true),
        ["head"] = ((t, _) => t.Select("k", "g").Head(3), "select k, g from t limit 3", true),
        ["tail"] = ((t, _) => t.Select("k", "g").Tail(3),
            "select k, g from (select *, row_number() over () as r, count(*) over () as c from t) where r > c - 3",
            true),
        ["tail of a sort"] = ((t, _) => t.Select("y", "g").Distinct().Sort("y", "g").Tail(2),
            """
            select y, g from (select *, row_number() over (order by y desc nulls first, g desc nulls first) as r
            from (select distinct y, g from t)) where r <= 2 order by y, g
            """, true),
        ["slice"] = ((t, _) => t.Select("k").Slice(2, 5).Slice(1).Head(2), "select k from t limit 2 offset 3", true),
        ["limit, then filter"] = ((t, _) => t.Select("g").Head(5).Filter(Col("g") > 0),
            "select * from (select g from t limit 5) where g > 0", true),
        ["limit, then aggregate"] = ((t, _) => t.Head(4).Agg(("s", Col("g").Sum())),
            "select sum(g) as s from (select * from t limit 4)", true),
        ["distinct"] = ((t, _) => t.Select("k", "g", "x").Distinct(), "select distinct k, g, x from t", false),
        ["drop duplicates"] = ((t, _) => t.Select("g", "y").DropDuplicates(KeyG, ["y"]),
            "select g, min(y) as y from t group by g", false),
        ["drop duplicates of a sort"] = ((t, _) => t.Select("g", "y").Sort(Col("y").Descending()).DropDuplicates("g"),
            "select g, max(y) as y from t group by g", false),
        ["drop null"] = ((t, _) => t.Select("x", "k", "g").DropNull("x").DropNull(),
            "select x, k, g from t where x is not null and k is not null and g is not null", true),
        ["sample of all"] = ((t, _) => t.Select("k", "g").SampleShare(1), "select k, g from t", false),
        ["group by"] = ((t, _) => t.GroupBy("g", "k").Agg(
                Count().As("rows"), ("s", Col("y").Sum()), ("m", Col("y").Mean()), ("lo", Col("x").Min()),
                ("hi", Col("x").Max()), ("n", Col("x").Count()), ("d", Col("k").CountDistinct()),
                ("med", Col("y").Median()), ("sd", Col("y").Std())),
            """
            select g, k, count(*) as rows, sum(y) as s, avg(y) as m, min(x) as lo, max(x) as hi, count(x) as n,
            count(distinct k) as d, median(y) as med, stddev_samp(y) as sd from t group by g, k
            """, false),
        ["group by an expression"] = ((t, _) => t.GroupBy(("g", Col("g") % 2), ("one", 1)).Agg(
                ("s", Col("y").Sum()), ("c", Count().Where(Col("b")))).Filter(Col("c") > 0),
            "select * from (select t.g % 2 as g, 1 as one, sum(y) as s, count(*) filter (where b) as c from t "
            + "group by t.g % 2) where c > 0", false),
        ["group after filter and with"] = ((t, _) => t.Filter(Col("y") > 0).With("z", Col("y") * 2).GroupBy("g")
                .Agg(("s", Col("z").Sum() / Count())).Sort(Col("s").Descending(), "g"),
            "select g, sum(y * 2) / count(*) as s from t where y > 0 group by g order by s desc, g", true),
        ["group twice"] = ((t, _) => t.GroupBy("g", "k").Agg(("s", Col("y").Sum()))
                .GroupBy("g").Agg(("m", Col("s").Max())),
            "select g, max(s) as m from (select g, k, sum(y) as s from t group by g, k) group by g", false),
        ["aggregate of nothing"] = ((t, _) => t.Agg(("one", Lit(1)), ("n", Count())),
            "select 1 as one, count(*) as n from t", false),
        ["ordered aggregates"] = ((t, _) => t.GroupBy("g").Agg(
                ("f", Col("y").First(Col("y").Ascending())), ("z", Col("y").Last(Col("y").Ascending())),
                ("j", Col("k").JoinText(",", "k")), ("l", Col("y").ToList("y")), ("a", Col("y").ArgMax(Col("y")))),
            """
            select g, first(y order by y) as f, last(y order by y) as z, string_agg(k, ',' order by k) as j,
            list(y order by y) as l, arg_max(y, y) as a from t group by g
            """, false),
        ["ordered aggregates of a sort"] = ((t, _) => t.Select("g", "y").Distinct()
                .Sort(Col("y").Descending(), "g").Head(9).GroupBy("g").Agg(
                    ("l", Col("y").ToList()), ("f", Col("y").First())),
            """
            select g, list(y order by y desc) as l, first(y order by y desc) as f
            from (select distinct g, y from t order by y desc, g limit 9) group by g
            """, false),
        ["head of groups"] = ((t, _) => t.Select("g", "y").Distinct().GroupBy("g").Head(2, Col("y").Descending()),
            "select g, y from (select *, row_number() over (partition by g order by y desc) as r "
            + "from (select distinct g, y from t)) where r <= 2", false),
        ["value counts"] = ((t, _) => t.ValueCounts("k"),
            "select k, count(*) as count, count(*)::double / sum(count(*)) over () as share from t group by k "
            + "order by count desc, k", true),
        ["quantiles"] = ((t, _) => t.Quantiles("y", 0.25, 0.5),
            "select 0.25e0 as share, quantile_cont(y, 0.25)::double as value from t "
            + "union all select 0.5e0, quantile_cont(y, 0.5)::double from t", true),
        ["count distinct"] = ((t, _) => t.Select("k", "g").CountDistinct(),
            "select count(distinct k) as k, count(distinct g) as g from t", true),
        ["corr"] = ((t, _) => t.Corr("g", "y"),
            "select 'g' as \"column\", corr(g::double, g::double) as g, corr(g::double, y) as y from t "
            + "union all select 'y', corr(y, g::double), corr(y, y) from t", true),
        ["pivot"] = ((t, _) => t.Pivot(KeyG, "k", Col("y").Sum(), "a", "it's", null),
            "select g, sum(y) filter (where k = 'a') as a, sum(y) filter (where k = 'it''s') as \"it's\", "
            + "sum(y) filter (where k is null) as \"null\" from t group by g", false),
        ["cross tab"] = ((t, _) => t.CrossTab("g", "b", "true", "false"),
            "select g, count(*) filter (where b) as true, count(*) filter (where not b) as false from t group by g",
            false),
        ["unpivot"] = ((t, _) => t.Select("g", "x", "y").Unpivot(Melted),
            "select g, 'x' as variable, x as value from t union all select g, 'y', y from t", false),
        ["explode"] = ((t, _) => t.Select("g", "l").Explode("l"),
            "select g, unnest(l) as l from t union all select g, null from t where l is null or len(l) = 0", false),
        ["explode, then filter"] = ((t, _) => t.Select("g", "l").Explode("l").Filter(Col("l") > 0).Select("g"),
            "select g from (select g, unnest(l) as l from t) where l > 0", false),
        ["one-hot"] = ((t, _) => t.Select("g", "k").OneHot("k", "a", "it's"),
            "select g, coalesce((k = 'a')::int, 0) as k_a, coalesce((k = 'it''s')::int, 0) as \"k_it's\" from t", true),
        ["fill null"] = ((t, _) => t.FillNull(0, "y", "g").Select("y", "g").With("n", Col("y")).FillNull(5),
            "select coalesce(y, 0) as y, coalesce(g, 0) as g, coalesce(y, 0) as n from t", true),
        ["replace"] = ((t, _) => t.Select("k").Replace("k", ("a", "A"), (Null, "none")),
            "select case when k = 'a' then 'A' when k is null then 'none' else k end as k from t", true),
        ["in, between, clip"] = ((t, _) => t.Select(
                ("i", Col("k").IsIn("a", "it's")), ("o", Col("g").IsNotIn(1, 2)), ("w", Col("g").Between(0, 2)),
                ("c", Col("y").Clip(-1, 1)), ("e", Col("g").IsIn()), ("z", Col("k").Is(Null))),
            """
            select k in ('a', 'it''s') as i, g not in (1, 2) as o, g between 0 and 2 as w,
            case when y < -1 then -1 when y > 1 then 1 else y end as c, false as e, k is null as z from t
            """, true),
        ["case"] = ((t, _) => t.Select(("s",
                When(Col("y") > 0).Then("up").When(Col("y") < 0).Then("down").Otherwise("flat"))),
            "select case when y > 0 then 'up' when y < 0 then 'down' else 'flat' end as s from t", true),
        ["arithmetic"] = ((t, _) => t.Select(
                ("a", -(Col("g") - 1) - (Col("g") - (Col("g") - 2))), ("b", Col("g") / 4 * 2),
                ("c", (Col("g") + 1) % 3),
                ("d", Col("g").FloorDivide(2)), ("e", Col("y").Abs().Sqrt().Round(3)), ("f", Col("g") - -2)),
            """
            select -(g - 1) - (g - (g - 2)) as a, g / 4 * 2 as b, (g + 1) % 3 as c, floor(g / 2) as d,
            round(sqrt(abs(y)), 3) as e, g - (-2) as f from t
            """, true),
        ["cut"] = ((t, _) => t.Select(("c", Col("y").Cut([-1, 0, 1]))),
            "select case when y > -1 and y <= 0 then '(-1, 0]' when y > 0 and y <= 1 then '(0, 1]' end as c from t",
            true),
        ["qcut"] = ((t, _) => t.Select("y", ("q", Col("y").QCut(2))),
            "select y, case when y is null then null when y <= (select quantile_cont(y, 0.5) from t) then 0 else 1 end "
            + "as q from t", true),
        ["text"] = ((t, _) => t.Select(
                ("u", Col("k").Str.Upper()), ("n", Col("k").Str.Length()), ("c", Col("k").Str.Contains("'")),
                ("s", Col("k").Str.Slice(1, 2)), ("e", Col("k").Str.Slice(-1)), ("r", Col("k").Str.Replace("t", "T")),
                ("x", Col("k").Str.Extract("([a-z])", 1)), ("f", Col("k").Str.Find("t")), ("j", Col("k").Concat("!")),
                ("p", Col("k").Str.Split("'").List.Get(1)), ("o", Col("k").Str.CountOf("\""))),
            """
            select upper(k) as u, length(k) as n, contains(k, '''') as c, substring(k, 2, 2) as s, k[-1:] as e,
            replace(k, 't', 'T') as r, regexp_extract(k, '([a-z])', 1) as x, strpos(k, 't') - 1 as f, k || '!' as j,
            string_split(k, '''')[2] as p, length(k) - length(replace(k, '"', '')) as o from t
            """, true),
        ["time"] = ((t, _) => t.Select(
                ("y", Col("t").Dt.Year()), ("w", Col("t").Dt.DayOfWeek()), ("m", Col("t").Dt.Truncate(TimeUnit.Month)),
                ("b", Col("t").Dt.Floor(TimeSpan.FromHours(6)).Dt.Hour()), ("f", Col("t").Dt.Format("%d.%m.%Y")),
                ("d", Col("t").Dt.Date()), ("h", (Col("t") + TimeSpan.FromMinutes(90)).Dt.Minute())),
            """
            select year(t) as y, isodow(t) - 1 as w, date_trunc('month', t) as m, hour(t) // 6 * 6 as b,
            strftime(t, '%d.%m.%Y') as f, t::date as d, minute(t + interval 90 minutes) as h from t
            """, true),
        ["list"] = ((t, _) => t.Select(
                ("n", Col("l").List.Length()), ("f", Col("l").List.Get(0)), ("z", Col("l").List.Get(-1)),
                ("s", Col("l").List.Sum()), ("c", Col("l").List.Contains(1)), ("q", Col("l").List.Sort()),
                ("m", Col("l").List.Transform(x => x * Col("g"))), ("p", Col("l").List.Filter(x => x > 0))),
            """
            select len(l) as n, l[1] as f, l[-1] as z, list_sum(l) as s, list_contains(l, 1) as c, list_sort(l) as q,
            [e * g for e in l] as m, [e for e in l if e > 0] as p from t
            """, true),
        ["struct"] = ((t, _) => t.Select("g", ("s", StructOf("k", ("two", Col("y") * 2))))
                .UnpackStruct("s", "two", "k"),
            "select g, y * 2 as two, k from t", true),
        ["resample"] = ((t, _) => t.Resample("t", TimeSpan.FromDays(1)).Agg(("n", Count())),
            "select date_trunc('day', t) as t, count(*) as n from t group by 1", false),
        ["coalesce, least, any"] = ((t, _) => t.Select(
                ("c", Coalesce(Col("x"), Col("y"), 0)), ("l", Least(Col("g"), 1)), ("a", Any(Col("b"), Col("g") > 0)),
                ("n", All())),
            "select coalesce(x, y, 0) as c, least(g, 1) as l, b or g > 0 as a, true as n from t", true),
        ["own SQL"] = ((t, _) => t.Select("g", "y").With("z", Sql("y * 2 -- twice")).Filter(Sql("z > 1 or g is null")),
            "select g, y, y * 2 as z from t where y * 2 > 1 or g is null", true),
        ["concat"] = ((t, u) => t.Select("g", "k").Concat(u.Select("k", "g")),
            "select g, k from t union all select g, k from u", false),
        ["concat filled"] = ((t, u) => t.Select("g").ConcatFilled(u.Select("k")),
            "select g, null::varchar as k from t union all select null, k from u", false),
        ["union"] = ((t, u) => t.Select("g", "k").Union(u.Select("k", "g")),
            "select g, k from t union select g, k from u", false),
        ["intersect"] = ((t, u) => t.Select("g", "b").Intersect(u.Select("g", "b"), all: true),
            "select g, b from t intersect all select g, b from u", false),
        ["except"] = ((t, u) => t.Select("g", "b").Except(u.Select("g", "b")),
            "select g, b from t except select g, b from u", false),
        ["concat of limits"] = ((t, u) => t.Select("g").Head(2).Concat(u.Select("g").Head(1)).Filter(Col("g") > 0),
            "select * from ((select g from t limit 2) union all (select g from u limit 1)) where g > 0", false),
        ["join"] = ((t, u) => t.Select("g", "k", "y").Join(u.Select("g", "y", OddName), "g"),
            $"select t.g, t.k, t.y, u.y as y_right, u.{Odd} from t join u on t.g = u.g", false),
        ["left join"] = ((t, u) => t.Select("g", "k").Join(u.Select(("h", Col("g")), "b"), [("g", "h")], JoinKind.Left)
                .Filter(Col("b").IsNull()).With("n", Col("g") + 1),
            "select t.g, t.k, u.g as h, u.b, t.g + 1 as n from t left join u on t.g = u.g where u.b is null", false),
        ["right join"] = ((t, u) => t.Select("g", "y").Join(u.Select("g", "b"), "g", JoinKind.Right),
            "select u.g, t.y, u.b from t right join u on t.g = u.g", false),
        ["full join"] = ((t, u) => t.Select("g", "y").Join(u.Select("g", "b"), "g", JoinKind.Full).Filter(Col("g") > 0),
            "select coalesce(t.g, u.g) as g, t.y, u.b from t full join u on t.g = u.g where coalesce(t.g, u.g) > 0",
            false),
        ["semi join"] = ((t, u) => t.Select("g", "y").Join(u.Filter(Col("b")), "g", JoinKind.Semi),
            "select g, y from t where g in (select g from u where b)", false),
        ["anti join"] = ((t, u) => t.Select("g", "y").Join(u, "g", JoinKind.Anti),
            "select g, y from t where not exists (select 1 from u where u.g = t.g)", false),
        ["cross join"] = ((t, u) => t.Select("g").JoinCross(u.Select("g")),
            "select t.g, u.g as g_right from t, u", false),
        ["join by a condition"] = ((t, u) => t.Select("y").Join(
                u.Select(("z", Col("y"))), (l, r) => l["y"] < r["z"] & r["z"] > 0),
            "select t.y, u.y as z from t join u on t.y < u.y and u.y > 0", false),
        ["join, then group"] = ((t, u) => t.Join(u.GroupBy("g").Agg(("m", Col("y").Max())), "g")
                .GroupBy("k").Agg(("s", Col("m").Sum())),
            "select k, sum(m) as s from t join (select g, max(y) as m from u group by g) v on t.g = v.g group by k",
            false),
        ["as-of join"] = ((t, u) => t.Select("g", "t").JoinAsOf(
                u.GroupBy("g", "t").Agg(("y", Col("y").Max())).Filter(Col("t").IsNotNull()), "t", KeyG,
                new AsOfOptions { Tolerance = TimeSpan.FromHours(50) }),
            """
            select g, t, case when d <= interval 50 hours then r end as t_right, case when d <= interval 50 hours then y
            end as y from (select t.g, t.t, v.t as r, t.t - v.t as d, v.y from t asof left join
            (select g, t, max(y) as y from u where t is not null group by g, t) v on t.g = v.g and t.t >= v.t)
            """, false),
        ["windows"] = ((t, _) => t.Select("g", "y").Distinct().With(
                ("p", Col("y").Shift(1).Over(Window.PartitionBy("g").OrderBy("y"))),
                ("d", Col("y").Diff().Over(Window.PartitionBy("g").OrderBy("y"))),
                ("c", Col("y").CumSum().Over(Window.PartitionBy("g").OrderBy("y"))),
                ("m", (Col("y") - Col("y").Mean()).Over(Window.PartitionBy("g"))),
                ("w", Col("y").Sum().Over(Window.PartitionBy("g").OrderBy("y").Rows(-1, 1)))),
            """
            select g, y, lag(y) over w as p, y - lag(y) over w as d,
            sum(y) over (partition by g order by y rows unbounded preceding) as c,
            y - avg(y) over (partition by g) as m,
            sum(y) over (partition by g order by y rows between 1 preceding and 1 following) as w
            from (select distinct g, y from t) window w as (partition by g order by y)
            """, false),
        ["rolling"] = ((t, _) => t.Select("g", "y").Distinct().With(
                ("m", Col("g").Rolling(3, 2).Mean().Over(Window.Ordered("y", "g"))),
                ("s", Col("g").Rolling(2).Sum().Over(Window.Ordered("y", "g")))),
            """
            select g, y, case when count(g) over w3 >= 2 then avg(g) over w3 end as m,
            case when count(g) over w2 >= 2 then sum(g) over w2 end as s from (select distinct g, y from t)
            window w3 as (order by y, g rows 2 preceding), w2 as (order by y, g rows 1 preceding)
            """, false),
        ["rolling time"] = ((t, _) => t.Select("t", "g").With(
                "s", Col("g").Rolling(TimeSpan.FromDays(2)).Sum().Over(Window.Ordered("t"))),
            """
            select t, g, case when count(g) over w >= 1 then sum(g) over w end as s from t
            window w as (order by t range between interval 2 days preceding and current row)
            """, false),
        ["fill forward"] = ((t, _) => t.Select(OddName, "g").Distinct()
                .FillForward(Window.Ordered(OddName, "g"), "g"),
            $"select {Odd}, last_value(g ignore nulls) over (order by {Odd}, t2.g rows unbounded preceding) as g "
            + $"from (select distinct {Odd}, g from t) t2", false),
        ["rank"] = ((t, _) => t.Select("g", "y").With(
                ("a", Col("y").Rank()),
                ("d", Col("y").Rank(RankMethod.Dense, isDescending: true).Over(Window.PartitionBy("g"))),
                ("m", Col("y").Rank(RankMethod.Max))),
            """
            select g, y, case when y is not null then
              rank() over (order by y) + (count(*) over (partition by y) - 1) / 2.0 end as a,
              case when y is not null then dense_rank() over (partition by g order by y desc) end as d,
            case when y is not null then rank() over (order by y)
              + count(*) over (partition by y) - 1 end as m from t
            """, false),
    };
}
