using System.Text;

namespace Millrace.Versions.Files;

/// <summary>Names in one folder that differ only in case or in how their accents are written: file systems of other
/// machines take them for one.</summary>
static class NameCollisions
{
    public static IReadOnlyList<(string One, string Other)> Find(IndexFolder folder)
    {
        if (IsPlain(folder.Names))
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

    /// <summary>Whether there is no capital letter and no letter beyond ASCII.</summary>
    static bool IsPlain(byte[] names)
    {
        foreach (var value in names)
        {
            if (value is > 127 or (>= (byte)'A' and <= (byte)'Z'))
                return false;
        }

        return true;
    }

    static string Fold(string name)
    {
        if (!Ascii.IsValid(name))
            name = name.Normalize(NormalizationForm.FormC);
        return name.ToLowerInvariant();
    }
}
