using System.Numerics;
using System.Text;

namespace Millrace.Tables.Profiles;

/// <summary>Rows whose long texts are nearly the same, among the rows that are looked at.</summary>
/// <remarks>MinHash with bands (Broder, "On the resemblance and containment of documents", 1997; Leskovec, Rajaraman,
/// Ullman, "Mining of Massive Datasets", 3.4): of the hashes of all runs of letters the least of each of 32 orders, cut
/// into 8 bands of 4; two rows that share a band are compared. Instead of 32 hash functions there is one hash that is
/// turned and multiplied for each.</remarks>
static class NearDuplicates
{
    const int MaxRows = 20_000;
    const int LeastMeanLength = 24;
    const double LeastVaried = 0.2;
    const int Letters = 5;
    const int Bands = 8;
    const int BandSize = 4;
    const int Hashes = Bands * BandSize;
    const int MaxBucket = 50;
    const double LeastAlike = 0.8;
    const int MaxCharacters = 512;
    const int MaxShown = 60;

    public static Suspicion? Of(ProfileSample sample, IReadOnlyList<ProfiledValues> columns)
    {
        var texts = columns.Where(values => values.Sample.IsText && values.Pass.Lengths?.Mean >= LeastMeanLength
            && values.Figures.Distinct >= values.Figures.Present * LeastVaried).ToList();
        if (texts.Count == 0)
            return null;
        var step = Math.Max(1, (sample.RowCount + MaxRows - 1) / MaxRows);
        var rows = Enumerable.Range(0, (sample.RowCount + step - 1) / step)
            .Select(i => Normalized(texts, i * step)).ToArray();
        var signatures = new uint[rows.Length * Hashes];
        Parallel.For(0, rows.Length, row => Sign(rows[row], signatures.AsSpan(row * Hashes, Hashes)));
        var pairs = Pairs(rows, signatures, (left, right) => texts.TrueForAll(
            values => values.Sample.Codes[left * step] == values.Sample.Codes[right * step]));
        if (pairs.Count == 0)
            return null;
        var alike = pairs.SelectMany(pair => new[] { pair.Left, pair.Right }).Distinct().Count();
        var looked = rows.Length;
        return new Suspicion(
            "rows-nearly-repeated", FindingSeverity.Warning, [.. texts.Select(values => values.Column.Name)], alike,
            null,
            count => $"Of {looked:N0} rows that were compared {count} have nearly the same text as another one.",
            [.. pairs.OrderByDescending(pair => pair.Alike).ThenBy(pair => pair.Left).Take(2)
                .Select(pair => $"'{Cut(rows[pair.Left])}' ~ '{Cut(rows[pair.Right])}'")])
        {
            IsCounted = true,
        };
    }

    /// <summary>Letters and digits in lower case, one blank between words.</summary>
    static string Normalized(List<ProfiledValues> texts, int row)
    {
        var text = new StringBuilder();
        foreach (var values in texts)
        {
            var code = values.Sample.Codes[row];
            if (code == SampleColumn.NoWord)
                continue;
            if (text.Length > 0 && text[^1] != ' ')
                text.Append(' ');
            foreach (var letter in values.Sample.Words[code])
            {
                if (text.Length == MaxCharacters)
                    return text.ToString();
                if (char.IsLetterOrDigit(letter))
                    text.Append(char.ToLowerInvariant(letter));
                else if (text.Length > 0 && text[^1] != ' ')
                    text.Append(' ');
            }
        }

        return text.ToString().TrimEnd();
    }

    static void Sign(string text, Span<uint> signature)
    {
        signature.Fill(uint.MaxValue);
        for (var i = 0; i + Letters <= text.Length; i++)
        {
            var hash = Hash(text.AsSpan(i, Letters));
            for (var order = 0; order < signature.Length; order++)
            {
                var turned = BitOperations.RotateLeft(hash, order) * ((0x9E3779B97F4A7C15UL * (uint)order) | 1);
                signature[order] = Math.Min(signature[order], (uint)(turned >> 32));
            }
        }
    }

    // FNV-1a, then mixed so that every bit depends on every letter.
    static ulong Hash(ReadOnlySpan<char> letters)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in letters)
            hash = (hash ^ letter) * 1099511628211UL;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93UL;
        return hash ^ (hash >> 32);
    }

    static List<(int Left, int Right, double Alike)> Pairs(
        string[] rows, uint[] signatures, Func<int, int, bool> isSame)
    {
        var found = new Dictionary<(int, int), double>();
        var buckets = new Dictionary<UInt128, List<int>>();
        for (var band = 0; band < Bands; band++)
        {
            buckets.Clear();
            for (var row = 0; row < rows.Length; row++)
            {
                if (rows[row].Length < LeastMeanLength)
                    continue;
                var at = signatures.AsSpan((row * Hashes) + (band * BandSize), BandSize);
                var key = new UInt128(((ulong)at[0] << 32) | at[1], ((ulong)at[2] << 32) | at[3]);
                if (!buckets.TryGetValue(key, out var bucket))
                    buckets[key] = bucket = [];
                // Many equal texts would be compared all with all.
                if (bucket.Count < MaxBucket)
                    Compare(bucket, row);
                bucket.Add(row);
            }
        }

        return [.. found.Where(pair => pair.Value >= LeastAlike)
            .Select(pair => (pair.Key.Item1, pair.Key.Item2, pair.Value))];

        void Compare(List<int> bucket, int row)
        {
            foreach (var other in bucket)
            {
                // Texts that are the very same are common values, or rows that are there twice.
                if (!found.ContainsKey((other, row)) && !isSame(other, row))
                    found[(other, row)] = Alike(rows[other], rows[row]);
            }
        }
    }

    /// <summary>The share of the runs of letters of two texts that both have.</summary>
    static double Alike(string left, string right)
    {
        var one = Runs(left);
        var other = Runs(right);
        var both = one.Count(other.Contains);
        return both / (double)Math.Max(1, one.Count + other.Count - both);
    }

    static HashSet<ulong> Runs(string text)
    {
        var runs = new HashSet<ulong>();
        for (var i = 0; i + Letters <= text.Length; i++)
            runs.Add(Hash(text.AsSpan(i, Letters)));
        return runs;
    }

    static string Cut(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "…";
}
