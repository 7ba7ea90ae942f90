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

    /// <summary>Folders that other systems would make one of.</summary>
    /// <param name="paths">Folders from the root; those above them count too.</param>
    public static IReadOnlyList<(string One, string Other)> FindFolders(IReadOnlyCollection<string> paths)
    {
        if (!paths.Any(path => path.Any(letter => letter > 127 || char.IsAsciiLetterUpper(letter))))
            return [];
        var all = new SortedSet<string>(Utf8Order.Instance);
        foreach (var path in paths)
        {
            for (var part = path; part.Length > 0 && all.Add(part);)
                part = part[..Math.Max(part.LastIndexOf('/'), 0)];
        }

        var found = new List<(string, string)>();
        var known = new Dictionary<string, string>(all.Count, StringComparer.Ordinal);
        foreach (var path in all)
        {
            // The folders above as they are: one pair is named, and not all that lie below.
            var name = path.LastIndexOf('/') + 1;
            var folded = path[..name] + Fold(path[name..]);
            if (!known.TryAdd(folded, path))
                found.Add((known[folded], path));
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

    static string Fold(string name) => AccentedLetters.TakeApart(name).ToLowerInvariant();
}
