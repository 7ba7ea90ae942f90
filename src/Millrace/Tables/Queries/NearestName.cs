using Millrace.Lineage;

namespace Millrace.Tables.Queries;

/// <summary>Finds the names that someone may have meant.</summary>
static class NearestName
{
    const int MaxShown = 3;

    /// <summary>A hint that asks whether a near name was meant.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">What there is; a schema before a name is not compared.</param>
    /// <param name="otherwise">The hint when nothing is near.</param>
    public static string Hint(string name, IEnumerable<string> known, string otherwise)
    {
        var near = known
            .Select(candidate => (Name: candidate, Distance: Nearness.Distance(
                name.ToUpperInvariant(), candidate[(candidate.IndexOf('.', StringComparison.Ordinal) + 1)..]
                    .ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= 1 + (name.Length / 4))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Take(MaxShown).Select(candidate => $"'{candidate.Name}'").ToList();
        return near.Count > 0 ? $"Did you mean {string.Join(" or ", near)}?" : otherwise;
    }
}
