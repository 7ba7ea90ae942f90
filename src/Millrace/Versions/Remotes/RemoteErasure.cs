using System.Globalization;
using System.Text;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

/// <summary>What a remote says of an erasure: a part of the objects that it took away. A file below
/// <c>refs/erased/</c>, so that it is listed with the refs. See docs/formats/remote.md.</summary>
/// <param name="Id">The erasure.</param>
/// <param name="Part">Which part of it.</param>
/// <param name="Author">Who erased.</param>
/// <param name="ErasedAt">When.</param>
/// <param name="Reason">Why; null when nothing was said.</param>
/// <param name="Objects">What.</param>
sealed record RemoteErasure(
    string Id, int Part, string Author, DateTimeOffset ErasedAt, string? Reason, IReadOnlyList<ContentHash> Objects)
{
    public const string Folder = RemoteRef.Folder + "erased/";

    /// <summary>Objects that one file names.</summary>
    public const int ObjectsMax = 10_000;

    const int BytesMax = 2 << 20;
    const int IdLength = 32;
    const string FirstLine = "millrace-erased 1";
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public string File => string.Create(CultureInfo.InvariantCulture, $"{Folder}{Id}-{Part}");

    /// <returns>Null when the file is none of these.</returns>
    public static (string Id, int Part)? TryParseFile(string file)
    {
        if (!file.StartsWith(Folder, StringComparison.Ordinal))
            return null;
        var name = file[Folder.Length..];
        return name.Length > IdLength && name[IdLength] == '-' && name[..IdLength].All(char.IsAsciiHexDigitLower)
            && int.TryParse(
                name.AsSpan(IdLength + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var part)
            ? (name[..IdLength], part) : null;
    }

    /// <summary>The parts that tell of all objects of an erasure.</summary>
    public static IEnumerable<RemoteErasure> Of(string id, IReadOnlyList<Tombstone> tombstones) =>
        tombstones.Chunk(ObjectsMax).Select((part, number) => new RemoteErasure(
            id, number, part[0].ErasedBy, part[0].ErasedAt, part[0].Reason,
            [.. part.Select(item => ContentHash.Parse(item.Hash))]));

    public IEnumerable<Tombstone> Tombstones() => Objects.Select(hash => new Tombstone(
        Id, Tombstone.ObjectKind, "", hash.ToString(), "{}", Reason, Author, ErasedAt));

    public byte[] ToBytes()
    {
        var text = new StringBuilder($"{FirstLine}\nauthor {Author.ReplaceLineEndings(" ")}\n");
        text.Append("time ").Append(ErasedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture))
            .Append('\n');
        if (Reason is not null)
            text.Append("reason ").Append(Reason.ReplaceLineEndings(" ")).Append('\n');
        foreach (var hash in Objects)
            text.Append("object ").Append(hash).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <returns>Null when the bytes tell of no erasure.</returns>
    public static RemoteErasure? TryRead(string id, int part, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax || !System.Text.Unicode.Utf8.IsValid(bytes))
            return null;
        var lines = Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n');
        if (lines[0] != FirstLine || lines.Length > ObjectsMax + 4)
            return null;
        string? author = null, reason = null;
        DateTimeOffset? time = null;
        var objects = new List<ContentHash>();
        foreach (var line in lines.Skip(1))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var value = space < 0 ? "" : line[(space + 1)..];
            switch (space < 0 ? "" : line[..space])
            {
                case "author" when author is null:
                    author = value;
                    break;
                case "reason" when reason is null:
                    reason = value;
                    break;
                case "time" when time is null && DateTimeOffset.TryParseExact(
                    value, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed):
                    time = parsed;
                    break;
                case "object" when ContentHash.TryParse(value, out var hash):
                    objects.Add(hash);
                    break;
                default:
                    return null;
            }
        }

        return author is not null && time is { } at && objects.Count > 0
            ? new RemoteErasure(id, part, author, at, reason, objects) : null;
    }
}
