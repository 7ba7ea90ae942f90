using System.Globalization;
using System.Text;
using Millrace.Objects;

namespace Millrace.Versions.BesideGit;

/// <summary>What git keeps in place of a file or folder of data: a small text beside it, <c>NAME.millrace</c>. See
/// docs/formats/pointer.md.</summary>
/// <param name="Name">The file or folder, in the pointer's own folder.</param>
/// <param name="Kind"><see cref="TreeEntryKind.File"/>, <see cref="TreeEntryKind.Executable"/> or
/// <see cref="TreeEntryKind.Folder"/>.</param>
/// <param name="Hash">The object, or the root of the folder's tree.</param>
/// <param name="SizeBytes">Bytes of the file, or of all files in the folder.</param>
/// <param name="FileCount">1, or the files in the folder.</param>
/// <remarks>Six lines, each ended by a line feed: <c>millrace 1</c>, <c>path</c>, <c>kind</c>, <c>hash sha256:…</c>,
/// <c>size</c>, <c>files</c>. A pointer has one valid text.</remarks>
public sealed record Pointer(string Name, TreeEntryKind Kind, ContentHash Hash, long SizeBytes, long FileCount)
{
    public const string Suffix = ".millrace";

    /// <summary>Longer files are no pointers.</summary>
    public const int TextBytesMax = 4096;

    const string FormatLine = "millrace 1";
    const string FormatWord = "millrace ";
    const string HashMark = "sha256:";
    const string ConflictMark = "<<<<<<< ";
    const int LineCount = 6;

    public TreeEntry Entry => new(Name, Kind, Hash, SizeBytes, FileCount);

    public static Pointer Of(string name, TreeEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new Pointer(name, entry.Kind, entry.Hash, entry.SizeBytes, entry.FileCount);
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{FormatLine}\npath {Escape(Name)}\nkind {KindText(Kind)}\nhash {HashMark}{Hash}\nsize {SizeBytes}\n"
        + $"files {FileCount}\n"));

    /// <summary>Reads a pointer.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="place">Where it is, for messages; its last part must be the pointer's name.</param>
    /// <exception cref="MillraceException"><c>pointer-damaged</c>, <c>pointer-conflict</c>, <c>pointer-newer</c>,
    /// <c>pointer-misnamed</c>.</exception>
    public static Pointer Parse(ReadOnlySpan<byte> bytes, string place)
    {
        ArgumentNullException.ThrowIfNull(place);
        var pointer = ParseAny(bytes, place);
        var file = place[(place.LastIndexOfAny(['/', ':']) + 1)..];
        return file == pointer.Name + Suffix ? pointer : throw new MillraceException(
            ErrorKind.Invalid, "pointer-misnamed", $"The pointer '{place}' is for '{pointer.Name}'.",
            $"Rename it to '{pointer.Name}{Suffix}', or add the data under its new name with 'millrace add'.");
    }

    /// <summary>Reads a pointer that may be in a file of another name, as git's merge makes them.</summary>
    /// <exception cref="MillraceException"><c>pointer-damaged</c>, <c>pointer-conflict</c>, <c>pointer-newer</c>.
    /// </exception>
    public static Pointer ParseAny(ReadOnlySpan<byte> bytes, string place)
    {
        if (bytes.Length > TextBytesMax)
            throw Damaged(place, $"it has more than {TextBytesMax} bytes");
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            throw Damaged(place, "it is not UTF-8");
        var text = Encoding.UTF8.GetString(bytes);
        if (text.Contains(ConflictMark, StringComparison.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "pointer-conflict", $"The pointer '{place}' holds both sides of a merge of git.",
                "Choose one with 'git checkout --ours' or '--theirs' and its path, then 'millrace checkout'; "
                + "'millrace git install' lets git merge pointers by their files.");
        }

        if (text.Contains('\r'))
            throw Damaged(place, "its lines end with carriage returns: git changed it; set 'eol=lf' for *.millrace");
        var lines = text.Split('\n');
        if (lines[0] != FormatLine)
        {
            throw lines[0].StartsWith(FormatWord, StringComparison.Ordinal)
                && int.TryParse(lines[0].AsSpan(FormatWord.Length), NumberStyles.None, null, out var format)
                && format > 1
                ? new MillraceException(
                    ErrorKind.Invalid, "pointer-newer", $"The pointer '{place}' has format {format}; this Millrace "
                    + "reads format 1.", "Use the newer Millrace that wrote it.")
                : Damaged(place, $"its first line is not '{FormatLine}'");
        }

        if (lines.Length != LineCount + 1 || lines[LineCount].Length > 0)
            throw Damaged(place, $"it does not have {LineCount} lines that end with a line feed");
        var name = Unescape(Value(lines[1], "path", place));
        var kind = KindOf(Value(lines[2], "kind", place));
        var hash = Value(lines[3], "hash", place);
        if (name is null || !TreeNode.IsName(name) || name.EndsWith(Suffix, StringComparison.Ordinal))
            throw Damaged(place, "its path is no name of a file");
        if (kind == 0)
            throw Damaged(place, "its kind is neither file, executable nor folder");
        if (!hash.StartsWith(HashMark, StringComparison.Ordinal)
            || !ContentHash.TryParse(hash[HashMark.Length..], out var content))
        {
            throw Damaged(place, $"its hash is not '{HashMark}' and 64 hex digits");
        }

        var pointer = new Pointer(
            name, kind, content, Number(lines[4], "size", place), Number(lines[5], "files", place));
        if (kind != TreeEntryKind.Folder && pointer.FileCount != 1)
            throw Damaged(place, "it is for a file, and does not say 'files 1'");
        return bytes.SequenceEqual(pointer.ToBytes()) ? pointer : throw Damaged(place, "it is not written canonically");
    }

    static string Value(string line, string word, string place) =>
        line.StartsWith(word + " ", StringComparison.Ordinal) ? line[(word.Length + 1)..]
            : throw Damaged(place, $"a line does not begin with '{word}'");

    static long Number(string line, string word, string place) =>
        long.TryParse(Value(line, word, place), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : throw Damaged(place, $"'{word}' is no number");

    static string KindText(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.Folder => "folder",
        TreeEntryKind.Executable => "executable",
        _ => "file",
    };

    static TreeEntryKind KindOf(string text) => text switch
    {
        "folder" => TreeEntryKind.Folder,
        "executable" => TreeEntryKind.Executable,
        "file" => TreeEntryKind.File,
        _ => 0,
    };

    /// <summary>Control characters and backslashes as <c>\xHH</c>.</summary>
    static string Escape(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var value in name)
        {
            if (value is < ' ' or '\\' or '\x7f')
                text.Append(CultureInfo.InvariantCulture, $"\\x{(int)value:x2}");
            else
                text.Append(value);
        }

        return text.ToString();
    }

    static string? Unescape(string text)
    {
        var name = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                name.Append(text[i]);
                continue;
            }

            if (i + 3 >= text.Length || text[i + 1] != 'x'
                || !byte.TryParse(text.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, null, out var value))
            {
                return null;
            }

            name.Append((char)value);
            i += 3;
        }

        return name.ToString();
    }

    static MillraceException Damaged(string place, string why) => new(
        ErrorKind.Corrupt, "pointer-damaged", $"'{place}' is no pointer of Millrace: {why}.",
        "Take it again from git with 'git checkout' and its path, or make it again with 'millrace add'.");
}
