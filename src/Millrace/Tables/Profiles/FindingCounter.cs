using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Makes findings of suspicions: counts the rows that are meant, in one pass over all rows for many of them,
/// and puts the worst first.</summary>
static class FindingCounter
{
    const int MaxExamples = 3;
    const int MaxTextShown = 64;
    const int MaxConditions = 64;

    public static List<ProfileFinding> Count(
        SqlSession session, ProfileSample sample, IEnumerable<Suspicion> suspicions,
        CancellationToken cancellationToken)
    {
        var findings = new List<(ProfileFinding Finding, double Share)>();
        var open = new List<Suspicion>();
        foreach (var suspicion in suspicions)
        {
            if (suspicion.SampleCount is null || suspicion.IsCounted || sample.IsWhole)
                Add(suspicion, suspicion.SampleCount, suspicion.IsEstimate, suspicion.Examples);
            else if (suspicion.Condition is null)
                Add(suspicion, sample.Scale(suspicion.SampleCount.Value), isEstimate: true, suspicion.Examples);
            else
                open.Add(suspicion);
        }

        foreach (var some in open.Chunk(MaxConditions))
        {
            foreach (var (suspicion, count, examples) in Ask(session, some, cancellationToken))
                Add(suspicion, count, isEstimate: false, examples);
        }

        return [.. findings.OrderByDescending(pair => pair.Finding.Severity).ThenByDescending(pair => pair.Share)
            .Select(pair => pair.Finding)];

        void Add(Suspicion suspicion, long? count, bool isEstimate, IReadOnlyList<string> examples)
        {
            var share = count is { } rows ? rows / (double)Math.Max(1, sample.TotalRowCount) : 1;
            if (count == 0 || share > suspicion.MostShare)
                return;
            var text = count is not { } number ? ""
                : (isEstimate ? "about " : "") + number.ToString("N0", CultureInfo.InvariantCulture);
            findings.Add((
                new ProfileFinding(
                    suspicion.Code, suspicion.Severity, suspicion.Columns, suspicion.Message(text), count, isEstimate,
                    [.. examples.Distinct().Take(MaxExamples)]),
                share));
        }
    }

    /// <summary>Counts of all rows, each with the least and the greatest value beside the examples that were there.
    /// </summary>
    static List<(Suspicion Suspicion, long Count, List<string> Examples)> Ask(
        SqlSession session, Suspicion[] suspicions, CancellationToken cancellationToken)
    {
        var select = suspicions.Select(suspicion =>
        {
            var filter = $"filter (where {suspicion.Condition})";
            var value = suspicion.ExampleColumn is null || suspicion.Examples.Count >= MaxExamples
                ? null : suspicion.ExampleColumn.Sql;
            return value is null ? $"count(*) {filter}, null, null"
                : $"count(*) {filter}, left(cast(min({value}) {filter} as varchar), {MaxTextShown}), "
                    + $"left(cast(max({value}) {filter} as varchar), {MaxTextShown})";
        });
        return session.Query(
            $"select {string.Join(", ", select)} from {ProfileSample.Rows}", [],
            reader =>
            {
                reader.Read();
                return suspicions.Select((suspicion, i) => (
                    suspicion, reader.GetInt64(i * 3),
                    suspicion.Examples.Concat(new[] { (i * 3) + 1, (i * 3) + 2 }
                        .Where(at => !reader.IsDBNull(at)).Select(reader.GetString)).Distinct().ToList())).ToList();
            },
            cancellationToken);
    }
}
