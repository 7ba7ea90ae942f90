using System.Text.RegularExpressions;

namespace Millrace.Sources.Loading;

/// <summary>Finds the files that a path with wildcards means.</summary>
static class SourceSearch
{
    /// <summary>More files than that are too many for one ingest.</summary>
    const int MaxFiles = 1_000_000;

    /// <summary>The files, in the order of their names; each once.</summary>
    /// <exception cref="MillraceException"><c>source-missing</c>, <c>source-denied</c>,
    /// <c>sources-many</c>.</exception>
    public static IEnumerable<string> Files(string source)
    {
        if (File.Exists(source))
        {
            return [source];
        }

        if (source.IndexOfAny(['*', '?']) < 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "source-missing",
                Directory.Exists(source) ? $"'{source}' is a folder." : $"There is no file '{source}'.",
                Directory.Exists(source)
                    ? $"Name its files, such as '{Path.Combine(source, "*.csv")}', or say what it holds with '--kind'."
                    : "Correct the path; it begins at the folder that the command runs in.");
        }

        var parts = source.Split('/');
        var fixedParts = parts.TakeWhile(part => part.IndexOfAny(['*', '?']) < 0).ToList();
        var root = fixedParts.Count == 0 ? "." : string.Join('/', fixedParts) is { Length: > 0 } path ? path : "/";
        var found = Directory.Exists(root) ? Matches(root, source, parts[fixedParts.Count..]) : [];
        return found.Count > 0 ? found : throw new MillraceException(
            ErrorKind.NotFound, "source-missing", $"No file matches '{source}'.",
            "Correct the pattern, and quote it so that the shell leaves it alone.");
    }

    static List<string> Matches(string root, string source, string[] rest)
    {
        var isDeep = rest.Length > 1;
        var pattern = Expression(string.Join('/', rest));
        var found = new List<string>();
        foreach (var (file, fault) in FolderWalk.Files(root, isDeep))
        {
            if (fault is not null)
            {
                throw SourceStatus.Denied(file, null);
            }

            var relative = Path.GetRelativePath(root, file);
            if (!pattern.IsMatch(relative))
            {
                continue;
            }

            found.Add(root == "." ? relative : file);
            if (found.Count > MaxFiles)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "sources-many", $"More than {MaxFiles:N0} files match '{source}'.",
                    "Ingest them in several commands with narrower patterns.");
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>What a pattern matches: <c>**</c> stands for any folders, <c>*</c> and <c>?</c> for what has no slash.
    /// </summary>
    public static Regex Expression(string pattern) => new(
        "^" + string.Join("/", pattern.Split('/').Select(Part))
            .Replace("(?:.*)?/", "(?:.*/)?", StringComparison.Ordinal) + "$", RegexOptions.NonBacktracking);

    static string Part(string part) => part == "**" ? "(?:.*)?"
        : Regex.Escape(part).Replace("\\*", "[^/]*", StringComparison.Ordinal)
            .Replace("\\?", "[^/]", StringComparison.Ordinal);
}
