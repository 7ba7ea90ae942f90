using System.Globalization;
using CsCheck;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom.Profiles;

/// <summary>Figures of random rows beside what a plain reading of the definitions says.</summary>
public sealed class ProfileFigureTests : IDisposable
{
    const int Tries = 40;

    static readonly Gen<double?[]> Numbers = Gen.OneOf(
        Gen.Double[-1e3, 1e3].Nullable().Array[1, 60], Gen.Int[-5, 5].Select(n => (double)n).Nullable().Array[1, 60],
        Gen.Double[1e9, 1e9 + 1].Nullable().Array[1, 60]);

    static readonly Gen<string?[]> Texts =
        Gen.Char["abü '\n"].Array[0, 4].Select(letters => new string(letters)).Null().Array[1, 60];

    readonly ProfiledFile _file = new();

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task Figures_of_numbers_are_what_their_definitions_say() => await Numbers.SampleAsync(
        async values =>
        {
            var profile = (await _file.ProfileAsync(Query(values.Select(value =>
                value is { } number ? number.ToString("R", CultureInfo.InvariantCulture) + "::double" : "null"))))
                .Columns[0];
            var present = values.OfType<double>().Order().ToArray();

            Assert.Equal(values.Length - present.Length, profile.NullCount);
            Assert.Equal(present.Distinct().Count(), profile.DistinctCount);
            if (present.Length == 0)
                return;
            Assert.Equal(present[0], double.Parse(profile.Min!, CultureInfo.InvariantCulture));
            Assert.Equal(present[^1], double.Parse(profile.Max!, CultureInfo.InvariantCulture));
            Near(present.Average(), profile.Mean!.Value);
            if (present.Length > 1)
            {
                var mean = present.Average();
                Near(Math.Sqrt(present.Sum(x => (x - mean) * (x - mean)) / (present.Length - 1)), profile.Std!.Value);
            }

            Assert.InRange(profile.Quantiles[3], present[(present.Length - 1) / 2], present[present.Length / 2]);
            Assert.Equal(profile.Quantiles.Order(), profile.Quantiles);
            if (profile.Histogram is { } histogram)
            {
                Assert.Equal(present.Length, histogram.Counts.Sum());
                Assert.Equal(histogram.Edges.Order(), histogram.Edges);
                Assert.Equal(histogram.Edges.Count - 1, histogram.Counts.Count);
                for (var part = 0; part < histogram.Counts.Count; part++)
                {
                    var isLast = part == histogram.Counts.Count - 1;
                    Assert.Equal(
                        present.Count(x => x >= histogram.Edges[part]
                            && (isLast ? x <= histogram.Edges[part + 1] : x < histogram.Edges[part + 1])),
                        histogram.Counts[part]);
                }
            }
        },
        iter: Tries, threads: 1);

    [Fact]
    public async Task Figures_of_texts_are_what_their_definitions_say() => await Texts.SampleAsync(
        async values =>
        {
            var profile = (await _file.ProfileAsync(Query(values.Select(value =>
                value is null ? "null" : SqlName.Text(value) + "::varchar")))).Columns[0];
            var present = values.OfType<string>().ToArray();

            Assert.Equal(values.Length - present.Length, profile.NullCount);
            Assert.Equal(present.Distinct().Count(), profile.DistinctCount);
            var counts = present.CountBy(text => text).Where(pair => pair.Value > 1)
                .Select(pair => (long)pair.Value).OrderDescending().Take(5);
            Assert.Equal(counts, profile.Top.Select(top => top.Count));
            Assert.All(profile.Top, top => Assert.Equal(present.Count(text => text == top.Value), top.Count));
            if (present.Length > 0)
            {
                Assert.Equal(present.Min(text => text.Length), profile.Lengths!.Min);
                Assert.Equal(present.Max(text => text.Length), profile.Lengths.Max);
            }
        },
        iter: Tries, threads: 1);

    [Fact]
    public async Task Correlations_are_what_sql_says()
    {
        const string Query = """
            select i * 1.0 as a, i * 2.0 + hash(i) % 500 as b, hash(i + 1) % 100 as c, 'x' || (i // 100) as d,
                'y' || (i // 100) as e, 'z' || hash(i + 2) % 5 as f
            from range(1000) t(i)
            """;

        var profile = await _file.ProfileAsync(Query);

        using var session = new SqlSession(_file.Folder);
        Near(session.Value<double>($"select corr(a, b) from ({Query})"), Of("a", "b"));
        Assert.InRange(Of("a", "d"), 0.99, 1);
        Assert.InRange(Of("d", "e"), 0.9999, 1);
        Assert.DoesNotContain(profile.Correlations, pair => pair.Right == "f" && pair.Value > 0.15);

        double Of(string left, string right) =>
            Assert.Single(profile.Correlations, pair => pair.Left == left && pair.Right == right).Value;
    }

    static string Query(IEnumerable<string> values) => $"select unnest([{string.Join(", ", values)}]) as x";

    static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= 1e-9 * (1 + Math.Abs(expected)), $"{actual} is not {expected}.");
}
