namespace Millrace.Versions.Files;

/// <summary>The patterns that hold in a folder: those of its own file, then those of the folders above.</summary>
sealed class FolderIgnore
{
    public const string FileName = ".millraceignore";

    const long FileSizeMax = 1 << 20;

    readonly FolderIgnore? _above;
    readonly string _folder;
    readonly IReadOnlyList<IgnorePattern> _patterns;

    FolderIgnore(FolderIgnore? above, string folder, IReadOnlyList<IgnorePattern> patterns)
    {
        _above = above;
        _folder = folder;
        _patterns = patterns;
    }

    /// <summary>Rules of a text, for the folder at a path.</summary>
    public static FolderIgnore Parse(FolderIgnore? above, string folder, string text) => new(
        above, folder, [.. text.Split('\n').Select(IgnorePattern.TryParse).OfType<IgnorePattern>()]);

    /// <summary>The rules of a folder whose ignore file lies at <paramref name="file"/>.</summary>
    /// <exception cref="MillraceException"><c>ignore-unreadable</c>.</exception>
    public static FolderIgnore Read(FolderIgnore? above, string folder, string file)
    {
        try
        {
            if (new FileInfo(file).Length <= FileSizeMax)
                return Parse(above, folder, File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, exception.Message, exception);
        }

        throw Unreadable(file, $"it is larger than {FileSizeMax} bytes", null);
    }

    /// <summary>The rules that hold in a folder, read from the root down.</summary>
    public static FolderIgnore? ReadAll(string root, string folder)
    {
        FolderIgnore? rules = null;
        var path = "";
        foreach (var name in (string[])["", .. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)])
        {
            path = path.Length == 0 ? name : $"{path}/{name}";
            var file = Path.Join(root, path, FileName);
            if (path != folder && File.Exists(file))
                rules = Read(rules, path, file);
        }

        return rules;
    }

    /// <summary>Whether a path is left out, by a rule for itself or for a folder above it: nothing below an ignored
    /// folder comes back.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool LeavesOut(string path, bool isFolder)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (Ignores(path[..slash], isFolder: true))
                return true;
        }

        return Ignores(path, isFolder);
    }

    /// <summary>Whether a rule for the path itself leaves it out.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool Ignores(string path, bool isFolder)
    {
        var name = path.AsSpan(path.LastIndexOf('/') + 1);
        for (var rules = this; rules is not null; rules = rules._above)
        {
            if (!TreeScan.IsWithin(path, rules._folder) || path == rules._folder)
                continue;
            var relative = rules._folder.Length == 0 ? path : path.AsSpan(rules._folder.Length + 1);
            for (var i = rules._patterns.Count - 1; i >= 0; i--)
            {
                if (rules._patterns[i].Matches(relative, name, isFolder))
                    return !rules._patterns[i].IsNegated;
            }
        }

        return false;
    }

    static MillraceException Unreadable(string file, string why, Exception? inner) => new(
        ErrorKind.Invalid, "ignore-unreadable", $"'{file}' cannot be read: {why}.",
        "Correct or delete it; it names what is left out.", inner);
}
