using System.Globalization;
using System.Text;
using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>A version of a tree, with what came before it. See docs/formats/commits.md.</summary>
/// <param name="Tree">The root folder.</param>
/// <param name="Parents">None for a first commit, two for a merge.</param>
/// <param name="Author">Who made it: <c>Name &lt;address&gt;</c>.</param>
/// <param name="Time">When, to the microsecond.</param>
/// <param name="Run">The run that made it, or null.</param>
/// <param name="Message">What for.</param>
public sealed record Commit(
    ContentHash Tree,
    IReadOnlyList<ContentHash> Parents,
    string Author,
    DateTimeOffset Time,
    string? Run,
    string Message)
{
    /// <summary>No message is longer.</summary>
    public const int MessageBytesMax = 1 << 20;

    const string FirstLine = "millrace-commit 1";
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    const int ParentsMax = 64;

    /// <summary>The first line of the message.</summary>
    public string Subject => Message.Split('\n', 2)[0];

    internal byte[] ToBytes()
    {
        var text = new StringBuilder();
        text.Append(FirstLine).Append('\n');
        text.Append("tree ").Append(Tree).Append('\n');
        foreach (var parent in Parents)
            text.Append("parent ").Append(parent).Append('\n');
        text.Append("author ").Append(Author.ReplaceLineEndings(" ")).Append('\n');
        text.Append("time ").Append(Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)).Append('\n');
        if (Run is not null)
            text.Append("run ").Append(Run.ReplaceLineEndings(" ")).Append('\n');
        text.Append('\n').Append(Message);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <returns>Null when the bytes are no commit.</returns>
    internal static Commit? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 2 * MessageBytesMax || !System.Text.Unicode.Utf8.IsValid(bytes))
            return null;
        var text = Encoding.UTF8.GetString(bytes);
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0)
            return null;
        var lines = text[..end].Split('\n');
        if (lines[0] != FirstLine)
            return null;
        ContentHash? tree = null;
        var parents = new List<ContentHash>();
        string? author = null;
        string? run = null;
        DateTimeOffset? time = null;
        foreach (var line in lines.Skip(1))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var value = space < 0 ? "" : line[(space + 1)..];
            var isGood = space > 0;
            switch (space < 0 ? "" : line[..space])
            {
                case "tree" when tree is null:
                    isGood = ContentHash.TryParse(value, out var treeHash);
                    tree = treeHash;
                    break;
                case "parent" when parents.Count < ParentsMax:
                    isGood = ContentHash.TryParse(value, out var parent);
                    parents.Add(parent);
                    break;
                case "author" when author is null:
                    author = value;
                    break;
                case "time" when time is null:
                    isGood = DateTimeOffset.TryParseExact(
                        value, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                        out var parsed);
                    time = parsed;
                    break;
                case "run" when run is null:
                    run = value;
                    break;
                default:
                    isGood = false;
                    break;
            }

            if (!isGood)
                return null;
        }

        return tree is { } root && author is not null && time is { } at
            ? new Commit(root, parents, author, at, run, text[(end + 2)..])
            : null;
    }
}
