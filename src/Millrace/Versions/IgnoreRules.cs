namespace Millrace.Versions;

/// <summary>Which paths to leave out, in the words of gitignore(5): the last rule that matches decides, and nothing
/// below an ignored folder comes back.</summary>
/// <remarks>Matching is greedy with one step back for each kind of star, so that no pattern takes more than the product
/// of its length and the path's.</remarks>
public sealed class IgnoreRules
{
    const string AnyFolders = "**";

    readonly Rule[] _rules;

    IgnoreRules(Rule[] rules) => _rules = rules;

    /// <summary>How many rules there are; comments and blank lines do not count.</summary>
    public int Count => _rules.Length;

    /// <summary>Reads the lines of an ignore file.</summary>
    public static IgnoreRules Parse(string text)
    {
        var rules = new List<Rule>();
        foreach (var line in text.Split('\n'))
        {
            if (ParseLine(line.EndsWith('\r') ? line[..^1] : line) is { } rule)
                rules.Add(rule);
        }

        return new IgnoreRules([.. rules]);
    }

    /// <summary>Whether a path is left out, by a rule for itself or for a folder above it.</summary>
    /// <param name="relativePath">From the folder that the rules are for, parted by slashes.</param>
    /// <param name="isFolder">Whether it is a folder, which rules that end with a slash ask for.</param>
    public bool IsIgnored(ReadOnlySpan<char> relativePath, bool isFolder)
    {
        if (_rules.Length == 0)
            return false;
        for (var i = 0; i < relativePath.Length; i++)
        {
            if (relativePath[i] == '/' && Matches(relativePath[..i], isFolder: true))
                return true;
        }

        return Matches(relativePath, isFolder);
    }

    bool Matches(ReadOnlySpan<char> path, bool isFolder)
    {
        for (var i = _rules.Length - 1; i >= 0; i--)
        {
            var rule = _rules[i];
            if ((!rule.IsFolderOnly || isFolder) && MatchesPath(rule.Segments, path))
                return !rule.IsNegated;
        }

        return false;
    }

    static Rule? ParseLine(string line)
    {
        line = TrimEnd(line);
        if (line.Length == 0 || line[0] == '#')
            return null;
        var isNegated = line[0] == '!';
        if (isNegated)
            line = line[1..];
        var isFolderOnly = line.EndsWith('/');
        if (isFolderOnly)
            line = line[..^1];
        if (line.Length == 0)
            return null;
        var isAnchored = line.Contains('/', StringComparison.Ordinal);
        var segments = line.TrimStart('/').Split('/');
        return new Rule(isAnchored ? segments : [AnyFolders, .. segments], isNegated, isFolderOnly);
    }

    // Spaces at the end do not count, unless a backslash stands before them.
    static string TrimEnd(string line)
    {
        var end = line.Length;
        while (end > 0 && line[end - 1] == ' ' && !(end > 1 && line[end - 2] == '\\'))
            end--;
        return line[..end];
    }

    static bool MatchesPath(string[] pattern, ReadOnlySpan<char> path)
    {
        var (p, position) = (0, 0);
        var (starP, starPosition) = (-1, 0);
        while (position <= path.Length)
        {
            if (p < pattern.Length && pattern[p] == AnyFolders)
            {
                if (p == pattern.Length - 1)
                    return true;
                (starP, starPosition) = (p++, position);
                continue;
            }

            var end = EndOfSegment(path, position);
            if (p < pattern.Length && MatchesSegment(pattern[p], path[position..end]))
            {
                (p, position) = (p + 1, end + 1);
                continue;
            }

            if (starP < 0)
                return false;
            starPosition = EndOfSegment(path, starPosition) + 1;
            (p, position) = (starP + 1, starPosition);
        }

        return p == pattern.Length;
    }

    static int EndOfSegment(ReadOnlySpan<char> path, int begin)
    {
        var length = path[begin..].IndexOf('/');
        return length < 0 ? path.Length : begin + length;
    }

    static bool MatchesSegment(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var (p, t) = (0, 0);
        var (starP, starT) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (starP, starT) = (p++, t);
                continue;
            }

            if (p < pattern.Length && MatchesOne(pattern[p..], text[t], out var used))
            {
                (p, t) = (p + used, t + 1);
                continue;
            }

            if (starP < 0)
                return false;
            (p, t) = (starP + 1, ++starT);
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    /// <summary>Whether the pattern's next item takes a character, and how long that item is.</summary>
    static bool MatchesOne(ReadOnlySpan<char> pattern, char value, out int used)
    {
        used = 1;
        switch (pattern[0])
        {
            case '?':
                return true;
            case '\\' when pattern.Length > 1:
                used = 2;
                return pattern[1] == value;
            case '[' when EndOfClass(pattern) is var end && end > 0:
                used = end + 1;
                return MatchesClass(pattern[1..end], value);
            default:
                return pattern[0] == value;
        }
    }

    /// <returns>Where the closing bracket is; 0 when there is none, and the bracket means itself.</returns>
    static int EndOfClass(ReadOnlySpan<char> pattern)
    {
        var i = 1;
        if (i < pattern.Length && pattern[i] is '!' or '^')
            i++;
        // A bracket at the first place is a member.
        if (i < pattern.Length && pattern[i] == ']')
            i++;
        for (; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
                i++;
            else if (pattern[i] == ']')
                return i;
        }

        return 0;
    }

    static bool MatchesClass(ReadOnlySpan<char> members, char value)
    {
        var isNegated = members is ['!' or '^', ..];
        if (isNegated)
            members = members[1..];
        var isMember = false;
        for (var i = 0; i < members.Length; i++)
        {
            var low = Member(members, ref i);
            var high = low;
            if (i + 2 < members.Length && members[i + 1] == '-')
            {
                i += 2;
                high = Member(members, ref i);
            }

            isMember |= value >= low && value <= high;
        }

        return isMember != isNegated;
    }

    static char Member(ReadOnlySpan<char> members, ref int index)
    {
        if (members[index] == '\\' && index + 1 < members.Length)
            index++;
        return members[index];
    }

    sealed record Rule(string[] Segments, bool IsNegated, bool IsFolderOnly);
}
