using System.Buffers;
using System.Text;

namespace Millrace.Versions.Files;

/// <summary>Names in one folder that differ only in case or in how their accents are written: file systems of other
/// machines take them for one.</summary>
static class NameCollisions
{
    static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Where(value => value is < 'A' or > 'Z').Select(value => (byte)value)]);

    public static IReadOnlyList<(string One, string Other)> Find(IndexFolder folder)
    {
        if (!folder.Names.AsSpan().ContainsAnyExcept(Plain))
            return [];
        var found = new List<(string, string)>();
        var known = new Dictionary<string, int>(folder.Records.Length, StringComparer.Ordinal);
        for (var i = 0; i < folder.Records.Length; i++)
        {
            var folded = Fold(folder.NameText(i));
            if (!known.TryAdd(folded, i))
                found.Add((folder.PathOf(known[folded]), folder.PathOf(i)));
        }

        return found;
    }

    static string Fold(string name)
    {
        if (!Ascii.IsValid(name))
            name = name.Normalize(NormalizationForm.FormC);
        return name.ToLowerInvariant();
    }
}
