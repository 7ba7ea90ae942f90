using System.Globalization;
using System.Text;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

/// <summary>A branch or tag on a remote: a small file below <c>refs/</c>. See docs/formats/remote.md.</summary>
/// <param name="Kind">Whether it moves.</param>
/// <param name="Name">Its name.</param>
/// <param name="Commit">Where it points.</param>
/// <param name="Author">Of a tag: who put it.</param>
/// <param name="CreatedAt">Of a tag: when.</param>
/// <param name="Message">Of a tag: what it says; null for a plain one.</param>
public sealed record RemoteRef(
    RemoteRefKind Kind, string Name, ContentHash Commit, string? Author = null, DateTimeOffset? CreatedAt = null,
    string? Message = null)
{
    internal const string Folder = "refs/";
    internal const int BytesMax = 2 << 20;

    const string BranchFolder = Folder + "heads/";
    const string TagFolder = Folder + "tags/";
    const string FirstLine = "millrace-ref 1";
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>The file on the remote.</summary>
    internal string File => FileOf(Kind, Name);

    internal static string FileOf(RemoteRefKind kind, string name) =>
        (kind == RemoteRefKind.Branch ? BranchFolder : TagFolder) + name;

    /// <returns>Null when the file is no ref.</returns>
    internal static (RemoteRefKind Kind, string Name)? TryParseFile(string file)
    {
        var kind = file.StartsWith(BranchFolder, StringComparison.Ordinal) ? RemoteRefKind.Branch : RemoteRefKind.Tag;
        var folder = kind == RemoteRefKind.Branch ? BranchFolder : TagFolder;
        return file.StartsWith(folder, StringComparison.Ordinal) && RefName.IsValid(file[folder.Length..])
            ? (kind, file[folder.Length..]) : null;
    }

    internal byte[] ToBytes()
    {
        var text = new StringBuilder($"{FirstLine}\ncommit {Commit}\n");
        if (Author is not null)
            text.Append("author ").Append(Author.ReplaceLineEndings(" ")).Append('\n');
        if (CreatedAt is { } at)
        {
            text.Append("time ").Append(at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture))
                .Append('\n');
        }

        if (Message is not null)
            text.Append('\n').Append(Message);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <returns>Null when the bytes are no ref.</returns>
    internal static RemoteRef? TryRead(RemoteRefKind kind, string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax || !System.Text.Unicode.Utf8.IsValid(bytes))
            return null;
        var text = Encoding.UTF8.GetString(bytes);
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = (end < 0 ? text.TrimEnd('\n') : text[..end]).Split('\n');
        if (lines[0] != FirstLine)
            return null;
        ContentHash? commit = null;
        string? author = null;
        DateTimeOffset? time = null;
        foreach (var line in lines.Skip(1))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var value = space < 0 ? "" : line[(space + 1)..];
            switch (space < 0 ? "" : line[..space])
            {
                case "commit" when commit is null && ContentHash.TryParse(value, out var hash):
                    commit = hash;
                    break;
                case "author" when author is null:
                    author = value;
                    break;
                case "time" when time is null && DateTimeOffset.TryParseExact(
                    value, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed):
                    time = parsed;
                    break;
                default:
                    return null;
            }
        }

        return commit is { } target
            ? new RemoteRef(kind, name, target, author, time, end < 0 ? null : text[(end + 2)..]) : null;
    }
}
