using System.Text.RegularExpressions;
using Millrace.Tables;
using Millrace.Tables.Frames;
using Millrace.Tests.House;
using static Millrace.Tables.Frames.Expressions;

#pragma warning disable xUnit1051 // The calls stand here as the page shows them, without a token.

namespace Millrace.Tests.TablesRoom.Frames;

/// <summary>The guide's page on frames: every piece of C# in it stands here, where it is compiled and run.</summary>
public sealed partial class FrameGuideTests
{
    const string Photos =
        """
        select i::bigint as id, case when i % 2 = 0 then 'cat' else 'dog' end as kind, i::bigint as likes,
          (i * 3)::bigint as views, i % 3 = 0 as hidden, timestamptz '2026-01-01 00:00:00+00' + interval (i) hour as at,
          ['a', 'b'] as tags
        from range(20) t(i)
        """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_piece_of_the_page_stands_in_this_file()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "guide", "frames.md"));
        var source = Blanks().Replace(
            File.ReadAllText(Repository.PathOf("tests", "Millrace.Tests", "Tables", "Frames", "FrameGuideTests.cs")),
            "");

        var pieces = CSharpBlock().Matches(page).SelectMany(block => block.Groups[1].Value.Split('\n'))
            .Concat(page.Split('\n').Where(line => line.StartsWith("| ")).Select(line => line.Split(" | ")[^1])
                .SelectMany(cell => Code().Matches(cell).Select(code => code.Groups[1].Value)))
            .Where(piece => piece != "null").ToList();

        Assert.InRange(pieces.Count, 80, 200);
        Assert.DoesNotContain(pieces, piece => !source.Contains(Blanks().Replace(piece, "")));
    }

    [Fact]
    public async Task The_example_gives_the_SQL_that_the_page_shows()
    {
        await using var test = await TestWorkspace.CreateAsync();
        await test.OverwriteAsync("photos", Photos);
        var workspace = test.Open;

        var photos = await workspace.Tables.FrameAsync("photos");
        var best = photos
            .Filter((Col("likes") > 10) & Col("kind").IsIn("cat", "dog"))
            .GroupBy("kind").Agg(Count().As("n"), ("mean", Col("likes").Mean()))
            .Sort(Col("mean").Descending())
            .Head(3);

        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "guide", "frames.md"), Stop);
        Assert.Contains($"```sql\n{best.ToSql()}\n```", page);
        Assert.Contains("dog", await best.ShowAsync(cancellationToken: Stop));
        _ = "Console.WriteLine(best.ToSql()); Console.WriteLine(await best.ShowAsync());";
    }

    [Fact]
    public async Task Every_source_and_result_of_the_page_works()
    {
        await using var test = await TestWorkspace.CreateAsync();
        await test.OverwriteAsync("photos", Photos);
        var workspace = test.Open;
        var engine = workspace.Tables.Frames;
        Person[] people = [new("Ann"), new("Bo")];
        var frame = await workspace.Tables.FrameAsync("photos@v0");
        var query = await workspace.Tables.SqlFrameAsync("select kind, likes from photos");
        var folder = test.Outside + "/";
        await frame.WriteParquetAsync(folder + "a.parquet", Stop);
        File.Copy(folder + "a.parquet", folder + "b.parquet");
        await frame.Drop("tags").WriteCsvAsync(folder + "a.csv", cancellationToken: Stop);
        await frame.WriteJsonAsync(folder + "a.json", Stop);
        // The page says the same with files of the current folder, which tests share.
        _ = """
            engine.Parquet("a.parquet", "b.parquet") engine.Csv("a.csv") engine.Json("a.json")
            await frame.WriteParquetAsync("out.parquet") await frame.WriteCsvAsync("out.csv")
            """;
        var (first, second) = (frame.Select("id"), frame.Select("id", "kind"));
        long[] counts =
        [
            await query.CountAsync(Stop),
            await engine.Parquet(folder + "a.parquet", folder + "b.parquet").CountAsync(Stop),
            await engine.Csv(folder + "a.csv").CountAsync(Stop),
            await engine.Json(folder + "a.json").CountAsync(Stop),
            await engine.Records(people, new RowSchema<Person>().Text("name", p => p.Name)).CountAsync(Stop),
            await engine.Sql("select * from a join b using (id)", ("a", first), ("b", second)).CountAsync(Stop),
        ];
        Assert.Equal([20L, 40, 20, 20, 2, 20], counts);

        await frame.WriteAsync("best");
        var rows = 0;
        await foreach (var batch in frame.BatchesAsync())
            rows += batch.Length;
        await foreach (var name in frame.RecordsAsync(row => row.Text("kind")))
            rows += name.Length;
        Assert.Equal(20 + 60, rows);
        Assert.Equal(20, (await frame.ToListAsync(row => row.Int64("id"))).Count);
        Assert.Equal(20, await frame.CountAsync());
        Assert.Equal(20, (await frame.ToDataFrameAsync()).Rows.Count);
        frame = await frame.CacheAsync();
        Assert.Contains("20 rows", await frame.ShowAsync());
        frame = frame.Agg(Count().As("n"));
        Assert.Equal(20L, await frame.ValueAsync());
        // FrameTableTests does this in a task.
        _ = """context.Frame("photos") context.Publish(await frame.StageAsync(context.Stage, "best"))""";
    }

    [Fact]
    public async Task Every_verb_of_the_page_works()
    {
        await using var test = await TestWorkspace.CreateAsync();
        await test.OverwriteAsync("photos", Photos);
        var frame = await test.Tables.FrameAsync("photos", Stop);
        var other = frame.Select("id", ("photo", Col("id")), "at", ("begin", Col("at")), ("end", Col("at")));
        var more = frame.Filter(Col("id") > 15);
        var place = frame.With("place", StructOf(("town", "Ulm")));
        Frame[] frames =
        [
            frame.Select("id", "likes"), frame.With("twice", Col("likes") * 2), frame.Drop("tags"),
            frame.Rename(("kind", "sort")), frame.Cast(("likes", "double")), frame.TryCast(("kind", "double")),
            frame.SelectWhere(c => c.IsNumber), frame.Replace("kind", ("cat", "Cat")), frame.FillNull(0, "likes"),
            frame.DropNull("likes"), frame.FillForward(Window.Ordered("at"), "likes"),
            await frame.OneHotAsync("kind"),
            frame.Map(row => row.Int64("id") + 1, new RowSchema<long>().Int64("next", n => n)),
            frame.Filter((Col("likes") > 1) & !Col("hidden")), frame.Sort("kind", Col("likes").Descending()),
            frame.Head(3), frame.Tail(3), frame.Slice(2, 3), frame.Sample(10, seed: 1),
            frame.SampleStable(0.8, ["id"]), frame.DropDuplicates("kind"),
            frame.Sort(Col("likes").Descending()).Head(3), frame.Explode("tags"),
            frame.GroupBy("kind").Agg(("n", Col("id").Count()), ("top", Col("likes").Max())),
            frame.Agg(("likes", Col("likes").Mean())), frame.ValueCounts("kind"),
            frame.Quantiles("likes", 0.5, 0.9), frame.Describe(), frame.Corr(),
            frame.Resample("at", TimeSpan.FromDays(1)).Agg(("likes", Col("likes").Sum())),
            frame.GroupBy("kind").Head(2, Col("likes").Descending()), await frame.CrossTabAsync("kind", "hidden"),
            await frame.PivotAsync(["id"], "kind", Col("likes").Sum()),
            frame.Select("id", "likes", "views").Unpivot(["likes", "views"]),
            frame.Join(other, "id"), frame.Join(other, [("id", "photo")], JoinKind.Left),
            frame.Join(other, "id", JoinKind.Semi),
            frame.Join(other, (l, r) => (l["at"] >= r["begin"]) & (l["at"] < r["end"])),
            frame.JoinAsOf(other, "at", ["id"]), frame.Concat(more), frame.Intersect(more),
            place.Select(("town", Col("place").Struct.Field("town"))),
        ];
        Expr[] expressions =
        [
            When(Col("likes") > 9).Then("hot").Otherwise("cold"), Col("likes").Clip(0, 10), Col("kind").IsIn("cat"),
            Col("likes").Cut([0, 5, 10]), Col("likes").QCut(4),
            Col("likes").Mean().Over(Window.PartitionBy("kind")), Col("likes").Shift(1).Over(Window.Ordered("at")),
            Col("likes").Diff().Over(Window.PartitionBy("kind").OrderBy("at")),
            Col("likes").PercentChange().Over(Window.Ordered("at")), Col("likes").CumSum().Over(Window.Ordered("at")),
            Col("likes").Rolling(3).Mean().Over(Window.Ordered("at")),
            Col("likes").Rolling(TimeSpan.FromHours(2)).Sum().Over(Window.Ordered("at")),
            Col("likes").EwmMean(0.3).Over(Window.Ordered("at")), Col("likes").Rank(),
            Col("likes").Rank(RankMethod.Dense).Over(Window.PartitionBy("kind")),
            Col("kind").Str.Upper().Str.Contains("CA"), Col("kind").Str.Extract("([0-9]+)", 1), Col("at").Dt.Year(),
            Col("at").Dt.DayOfWeek(), Col("at").Dt.Floor(TimeSpan.FromHours(6)), Col("tags").List.Length(),
            Col("tags").List.Transform(t => t.Str.Upper()), Col("likes").Sum().Over(Window.All),
        ];

        // All in one query: only that each can be computed is asked here.
        var counts = frames.Select(verb => verb.Agg(("n", Count()))).ToList();
        Assert.Equal(frames.Length, await counts[0].Concat(counts[1..]).CountAsync(Stop));
        var all = frame.With([.. expressions.Select((value, i) => (ColumnChoice)($"e{i}", value))]);
        Assert.Equal(20, await all.CountAsync(Stop));
        Assert.Equal(20, (await all.ToListAsync(row => row.Value("e0"), Stop)).Count);
        Assert.Equal(2L, await frame.Agg(("n", Col("kind").CountDistinct())).ValueAsync(Stop));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+|\\")]
    private static partial Regex Blanks();

    sealed record Person(string Name);
}
