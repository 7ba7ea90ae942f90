namespace Millrace.Versions.Dvc;

/// <summary>Paths of DVC files, which may come from anybody: none may lead out of the project.</summary>
static class DvcPath
{
    const int LengthMax = 4096;

    /// <summary>A path from the project's root.</summary>
    /// <param name="folder">The folder, from the root, that the path is relative to; empty for the root.</param>
    /// <param name="path">As the file says it; <c>..</c> is allowed as long as it stays in the project.</param>
    /// <param name="name">The file that says it, for the message.</param>
    /// <exception cref="MillraceException"><c>dvc-path-outside</c>.</exception>
    public static string Resolve(string folder, string path, string name)
    {
        if (path.StartsWith('/') || path.Contains("://", StringComparison.Ordinal) || path.Length > LengthMax
            || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Outside(name, path);
        }

        var parts = new List<string>(folder.Length == 0 ? [] : folder.Split('/'));
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
            {
                Check(part, path, name);
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else
            {
                throw Outside(name, path);
            }
        }

        return string.Join('/', parts);
    }

    /// <summary>Checks a path of a manifest, which has no dots at all.</summary>
    /// <exception cref="MillraceException"><c>dvc-path-outside</c>.</exception>
    public static void CheckRelative(string path, string name)
    {
        if (path.Length is 0 or > LengthMax)
            throw Outside(name, path);
        foreach (var part in path.Split('/'))
            Check(part, path, name);
    }

    static void Check(string part, string path, string name)
    {
        if (!TreeNode.IsName(part) || part.Equals(".git", StringComparison.OrdinalIgnoreCase)
            || part.Equals(".dvc", StringComparison.OrdinalIgnoreCase)
            || part.Equals(".millrace", StringComparison.OrdinalIgnoreCase) || HasLoneSurrogate(part))
        {
            throw Outside(name, path);
        }
    }

    static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }

        return false;
    }

    static MillraceException Outside(string name, string path) => new(
        ErrorKind.Invalid, "dvc-path-outside",
        $"'{name}' names the path '{Shown(path)}', which is not a path within the project.",
        "Paths have plain names parted by slashes, without '..', '.git' or '.dvc' in them; an output in another place "
        + "is brought in with 'dvc import-url' first.");

    static string Shown(string path) =>
        string.Concat(path.Take(100).Select(value => char.IsControl(value) || char.IsSurrogate(value) ? '?' : value));
}
