using System.Text;
using Millrace.Catalog;

namespace Millrace.Versions.BesideGit;

/// <summary>The line of a <c>.gitignore</c> that keeps data out of git. Other lines are not touched.</summary>
static class GitIgnoreFile
{
    public const string FileName = ".gitignore";

    const long SizeMax = 16 << 20;

    /// <summary>The line for a name in the file's own folder.</summary>
    public static string Line(string name)
    {
        var line = new StringBuilder("/");
        for (var i = 0; i < name.Length; i++)
        {
            var value = name[i];
            if (value is '*' or '?' or '[' or '\\')
                line.Append('\\').Append(value);
            else if (value is '\n' or '\r')
                // No line can hold these; any character stands for them.
                line.Append('?');
            else if (value == ' ' && name.AsSpan(i).TrimEnd(' ').IsEmpty)
                line.Append("\\ ");
            else
                line.Append(value);
        }

        return line.ToString();
    }

    /// <returns>Whether the file was changed.</returns>
    /// <exception cref="MillraceException"><c>gitignore-unusable</c>, and those of writing.</exception>
    public static bool Add(string folder, string name)
    {
        var file = Path.Join(folder, FileName);
        var bytes = Read(file);
        var line = Encoding.UTF8.GetBytes(Line(name));
        if (Find(bytes, line).Begin >= 0)
            return false;
        var isOpen = bytes.Length > 0 && bytes[^1] != (byte)'\n';
        DurableFile.Write(file, [.. bytes, .. isOpen ? "\n"u8 : [], .. line, .. "\n"u8]);
        return true;
    }

    /// <summary>Removes the line; a file that held nothing else is removed, too.</summary>
    /// <returns>Whether the file was changed.</returns>
    /// <exception cref="MillraceException"><c>gitignore-unusable</c>, and those of writing.</exception>
    public static bool Remove(string folder, string name)
    {
        var file = Path.Join(folder, FileName);
        var bytes = Read(file);
        var (begin, end) = Find(bytes, Encoding.UTF8.GetBytes(Line(name)));
        if (begin < 0)
            return false;
        if (begin == 0 && end == bytes.Length)
        {
            File.Delete(file);
            DurableFile.SyncFolder(folder);
        }
        else
        {
            DurableFile.Write(file, [.. bytes.AsSpan(0, begin), .. bytes.AsSpan(end)]);
        }

        return true;
    }

    /// <summary>Where a line is, with its end; −1 when it is not there.</summary>
    static (int Begin, int End) Find(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> line)
    {
        for (var begin = 0; begin < bytes.Length;)
        {
            var length = bytes[begin..].IndexOf((byte)'\n');
            var end = length < 0 ? bytes.Length : begin + length + 1;
            var text = bytes[begin..(length < 0 ? end : end - 1)];
            if (text.SequenceEqual(line) || (text is [.., (byte)'\r'] && text[..^1].SequenceEqual(line)))
                return (begin, end);
            begin = end;
        }

        return (-1, 0);
    }

    static byte[] Read(string file)
    {
        var info = new FileInfo(file);
        if (info.LinkTarget is not null || Directory.Exists(file))
            throw Unusable(file, "it is no ordinary file, and git would not read it");
        if (!info.Exists)
            return [];
        if (info.Length > SizeMax)
            throw Unusable(file, $"it has more than {SizeMax} bytes");
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, exception.Message);
        }
    }

    static MillraceException Unusable(string file, string why) => new(
        ErrorKind.Invalid, "gitignore-unusable", $"'{file}' cannot be changed: {why}.",
        "Make it an ordinary file, then run the command again: data must be kept out of git.");
}
