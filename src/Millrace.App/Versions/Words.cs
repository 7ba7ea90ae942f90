using System.CommandLine;
using System.CommandLine.Parsing;
using Millrace.Objects;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>Refs and paths among the words of a command: what stands after <c>--</c> is a path.</summary>
static class Words
{
    public static (List<string> Before, List<string> After) Split(ParseResult parsed, Argument<string[]> argument)
    {
        var words = parsed.GetValue(argument) ?? [];
        var tokens = parsed.Tokens;
        var dash = -1;
        for (var i = 0; i < tokens.Count && dash < 0; i++)
        {
            if (tokens[i].Type == TokenType.DoubleDash)
                dash = i;
        }

        var after = dash < 0 ? 0 : tokens.Skip(dash + 1).Count();
        return ([.. words.Take(words.Length - after)], [.. words.TakeLast(after)]);
    }

    public static List<string> Paths(VersionStore versions, IEnumerable<string> words) =>
        [.. words.Select(word => Path(versions, word))];

    public static string Path(VersionStore versions, string word) =>
        word.StartsWith("table:", StringComparison.Ordinal)
            ? word : versions.RelativePath(word, Environment.CurrentDirectory);

    /// <summary>A word that is no ref counts as a path when there is such a file.</summary>
    public static async Task<(List<ContentHash> Commits, List<string> Paths)> PartAsync(
        VersionStore versions, List<string> before, List<string> after, CancellationToken cancellationToken)
    {
        var commits = new List<ContentHash>();
        var paths = new List<string>();
        foreach (var word in before)
        {
            if (word.Length > 1 && word[0] == '-')
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "option-unknown", $"There is no option '{word}' here.",
                    "'--help' lists the options; a path that begins with '-' goes after '--'.");
            }

            try
            {
                commits.Add(await versions.ResolveAsync(word, cancellationToken).ConfigureAwait(false));
            }
            catch (MillraceException exception) when (exception.Code == "ref-unknown" && System.IO.Path.Exists(word))
            {
                paths.Add(word);
            }
        }

        return (commits, Paths(versions, paths.Concat(after)));
    }

    public static MillraceException Unknown(string path, string who) => new(
        ErrorKind.NotFound, "path-unknown", $"{who} '{path}'.", "'millrace ls' shows what there is; check the path.");

    /// <summary>What <c>import:NAME</c> or <c>import:NAME:PATH</c> means; null for what names no import.</summary>
    public static (string Revision, string Path)? Imported(string word)
    {
        if (ImportedTrees.NameIn(word) is not { } rest)
            return null;
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (word, "")
            : (word[..(ImportedTrees.RevisionPrefix.Length + colon)], rest[(colon + 1)..].Trim('/'));
    }

    /// <summary>What <c>PATH@REF</c>, <c>REF:PATH</c> or a path of an import means.</summary>
    public static (string Revision, string Path) Thing(VersionStore versions, string word)
    {
        if (Imported(word) is { } imported)
            return imported;
        var at = word.LastIndexOf('@');
        if (at > 0)
        {
            var path = word[..at];
            if (path.StartsWith("file:", StringComparison.Ordinal))
                path = path["file:".Length..];
            return (word[(at + 1)..], Path(versions, path));
        }

        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || word.StartsWith("table:", StringComparison.Ordinal)
            ? ("HEAD", Path(versions, word))
            : (word[..colon], word[(colon + 1)..].Trim('/'));
    }
}
