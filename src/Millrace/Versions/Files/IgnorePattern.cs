namespace Millrace.Versions.Files;

/// <summary>One line of a <c>.millraceignore</c>, with the meaning that it has in a <c>.gitignore</c>.</summary>
/// <param name="Text">The pattern without marks.</param>
/// <param name="IsNegated">Whether it takes back what lines before it left out.</param>
/// <param name="IsFolderOnly">Whether it ended with a slash.</param>
/// <param name="IsAnchored">Whether it is compared with the whole path from its own folder, not with names.</param>
sealed record IgnorePattern(string Text, bool IsNegated, bool IsFolderOnly, bool IsAnchored)
{
    /// <returns>Null for an empty line or a comment.</returns>
    public static IgnorePattern? TryParse(string line)
    {
        line = line.TrimEnd('\r', '\n');
        while (line.EndsWith(' ') && !line.EndsWith("\\ ", StringComparison.Ordinal))
            line = line[..^1];
        if (line.Length == 0 || line[0] == '#')
            return null;
        var isNegated = line[0] == '!';
        if (isNegated)
            line = line[1..];
        var isFolderOnly = line.EndsWith('/');
        if (isFolderOnly)
            line = line[..^1];
        var isAnchored = line.Contains('/');
        if (line.StartsWith('/'))
            line = line[1..];
        return line.Length == 0 ? null : new IgnorePattern(line, isNegated, isFolderOnly, isAnchored);
    }

    /// <param name="path">From the folder of the ignore file.</param>
    /// <param name="name">The last part of it.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool Matches(ReadOnlySpan<char> path, ReadOnlySpan<char> name, bool isFolder)
    {
        if (IsFolderOnly && !isFolder)
            return false;
        var budget = BudgetMax;
        return Matches(Text, IsAnchored ? path : name, ref budget);
    }

    const int BudgetMax = 100_000;

    /// <summary>Wildcards as wildmatch of git has them. A pattern that needs too many tries matches nothing.</summary>
    static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, ref int budget)
    {
        while (!pattern.IsEmpty)
        {
            if (--budget < 0)
                return false;
            switch (pattern[0])
            {
                case '*' when pattern.StartsWith("**"):
                    return MatchesAnyFolders(pattern, text, ref budget);
                case '*':
                    return MatchesStar(pattern.TrimStart('*'), text, ref budget);
                case '?' when !text.IsEmpty && text[0] != '/':
                    break;
                case '[' when !text.IsEmpty && text[0] != '/' && TryClass(pattern, text[0], out var length):
                    if (length < 0)
                        return false;
                    pattern = pattern[length..];
                    text = text[1..];
                    continue;
                case '\\' when pattern.Length > 1:
                    pattern = pattern[1..];
                    if (text.IsEmpty || text[0] != pattern[0])
                        return false;
                    break;
                default:
                    if (text.IsEmpty || text[0] != pattern[0] || pattern[0] == '?')
                        return false;
                    break;
            }

            pattern = pattern[1..];
            text = text[1..];
        }

        return text.IsEmpty;
    }

    static bool MatchesStar(ReadOnlySpan<char> rest, ReadOnlySpan<char> text, ref int budget)
    {
        for (var i = 0; i <= text.Length; i++)
        {
            if (Matches(rest, text[i..], ref budget))
                return true;
            if (budget < 0 || i == text.Length || text[i] == '/')
                return false;
        }

        return false;
    }

    /// <summary><c>**/</c> stands for any folders or none, <c>/**</c> at the end for everything below.</summary>
    static bool MatchesAnyFolders(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, ref int budget)
    {
        var rest = pattern.TrimStart('*');
        if (rest.IsEmpty)
            return !text.IsEmpty;
        if (rest[0] != '/')
            return MatchesStar(rest, text, ref budget);
        rest = rest[1..];
        while (true)
        {
            if (Matches(rest, text, ref budget))
                return true;
            var slash = text.IndexOf('/');
            if (slash < 0 || budget < 0)
                return false;
            text = text[(slash + 1)..];
        }
    }

    /// <param name="pattern">Begins with the bracket.</param>
    /// <param name="value">The character.</param>
    /// <param name="length">Characters of the class when it matches, else −1.</param>
    /// <returns>False when it is no class, but a bracket.</returns>
    static bool TryClass(ReadOnlySpan<char> pattern, char value, out int length)
    {
        var i = 1;
        var isNegated = i < pattern.Length && pattern[i] is '!' or '^';
        if (isNegated)
            i++;
        var isIn = false;
        for (var first = i; i < pattern.Length && (pattern[i] != ']' || i == first); i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
                i++;
            var low = pattern[i];
            if (i + 2 < pattern.Length && pattern[i + 1] == '-' && pattern[i + 2] != ']')
            {
                isIn |= value >= low && value <= pattern[i + 2];
                i += 2;
            }
            else
            {
                isIn |= value == low;
            }
        }

        length = isIn != isNegated ? i + 1 : -1;
        return i < pattern.Length;
    }
}
