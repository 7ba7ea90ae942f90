namespace Millrace.Versions.Files;

/// <summary>One line of an ignore file, with the meaning that it has in a <c>.gitignore</c>.</summary>
/// <param name="Segments">What stands between slashes; one when it is compared with names alone.</param>
/// <param name="IsNegated">Whether it takes back what lines before it left out.</param>
/// <param name="IsFolderOnly">Whether it ended with a slash.</param>
/// <param name="IsAnchored">Whether it is compared with the whole path from its own folder, not with names.</param>
/// <remarks>Matching is greedy with one step back for each kind of star, so that no pattern takes more than the product
/// of its length and the path's.</remarks>
sealed record IgnorePattern(string[] Segments, bool IsNegated, bool IsFolderOnly, bool IsAnchored)
{
    const string AnyFolders = "**";

    /// <returns>Null for an empty line or a comment.</returns>
    public static IgnorePattern? TryParse(string line)
    {
        line = TrimEnd(line.EndsWith('\r') ? line[..^1] : line);
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
        var isAnchored = line.Contains('/', StringComparison.Ordinal) || line == AnyFolders;
        return new IgnorePattern(line.TrimStart('/').Split('/'), isNegated, isFolderOnly, isAnchored);
    }

    /// <param name="path">From the folder of the ignore file.</param>
    /// <param name="name">The last part of it.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool Matches(ReadOnlySpan<char> path, ReadOnlySpan<char> name, bool isFolder) =>
        (!IsFolderOnly || isFolder)
        && (IsAnchored ? MatchesPath(Segments, path) : MatchesSegment(Segments[0], name));

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
}
