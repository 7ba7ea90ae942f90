using System.Text;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Loading;

/// <summary>Looks at records to find out what columns there are and what their values have in common.</summary>
sealed class FactsReader(IngestSettings settings, IReadOnlyList<InputFile> files)
{
    const int HeadBytes = 512 << 10;
    const int SampleBytes = 64 << 10;
    const int MaxSamples = 64;

    /// <summary>What a look at some places of the files tells: a guess that holds for most inputs.</summary>
    public FactsTable Sample(CancellationToken cancellationToken)
    {
        var facts = Begin();
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var marks = SourceParts.MarksOf(file);
            var step = Math.Max(1, marks.Count / MaxSamples);
            using var parser = ParserFactory.Create(file, settings, file.Names.Count > 0 ? facts.Names : []);
            Learn(parser, facts, file.Start, Math.Min(file.Length, file.Start + HeadBytes));
            for (var i = 0; i < marks.Count; i += step)
            {
                Learn(parser, facts, marks[i], Math.Min(file.Length, marks[i] + SampleBytes));
            }
        }

        return facts;
    }

    /// <summary>What all records tell.</summary>
    /// <param name="parts">All that is to be read.</param>
    /// <param name="report">Told of bytes that were read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(FactsTable Facts, List<RangeResult> Ranges)> LearnAsync(
        IReadOnlyList<SourcePart> parts, Action<long, long> report, CancellationToken cancellationToken)
    {
        var found = new FactsTable[parts.Count];
        var results = new List<RangeResult>[parts.Count];
        await Parallel.ForEachAsync(
            parts,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = settings.Parallelism,
                CancellationToken = cancellationToken,
            },
            (part, token) =>
            {
                (found[part.Number], results[part.Number]) = Learn(part, report, token);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
        var all = Begin();
        foreach (var facts in found)
        {
            all.Add(facts);
        }

        return (all, [.. results.SelectMany(result => result)]);
    }

    (FactsTable Facts, List<RangeResult> Ranges) Learn(
        SourcePart part, Action<long, long> report, CancellationToken cancellationToken)
    {
        const int Stride = 4_096;
        var facts = Begin();
        var results = new List<RangeResult>();
        foreach (var range in part.Ranges)
        {
            using var parser = ParserFactory.Create(
                range.File, settings, range.File.Names.Count > 0 ? facts.Names : []);
            parser.Begin(range.Start, range.End);
            var bad = 0L;
            var reported = range.Start;
            while (parser.Next())
            {
                bad += parser.Learn(facts) ? 0 : 1;
                if (parser.RecordCount % Stride == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    report(parser.Offset - reported, 0);
                    reported = parser.Offset;
                }
            }

            results.Add(new RangeResult(
                range, parser.Offset, parser.RecordCount, parser.RecordCount - bad, bad, parser.LineCount));
        }

        return (facts, results);
    }

    /// <summary>The columns that files name before their records, in order.</summary>
    FactsTable Begin()
    {
        var facts = new FactsTable();
        foreach (var name in files.SelectMany(file => file.Names))
        {
            facts.Find(Encoding.UTF8.GetBytes(name), facts.Names.Count);
        }

        return facts;
    }

    static void Learn(RecordParser parser, FactsTable facts, long start, long end)
    {
        parser.Begin(start, end);
        while (parser.Next())
        {
            parser.Learn(facts);
        }
    }
}
