using System.Text.Json;

namespace Millrace.App.Tables.Shell;

/// <summary>What was typed before, in the user's state folder: a JSON text on each line, the newest last. Several
/// shells add to one file.</summary>
sealed class ShellHistory
{
    const int MaxEntries = 1_000;
    const int MaxFileBytes = 8 << 20;
    const int MaxEntryLength = 64 << 10;

    readonly string? _path;
    readonly List<string> _entries;

    ShellHistory(string? path, List<string> entries)
    {
        _path = path;
        _entries = entries;
    }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<string> Entries => _entries;

    /// <summary><c>$XDG_STATE_HOME/millrace/sql_history</c>, or below <c>~/.local/state</c>; null when the user has no
    /// such folder.</summary>
    public static string? UsualPath()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (home.Length == 0)
            {
                return null;
            }

            state = Path.Combine(home, ".local", "state");
        }

        return Path.Combine(state, "millrace", "sql_history");
    }

    /// <summary>Reads a history; one that can't be read is empty and is not written.</summary>
    public static ShellHistory Open(string? path)
    {
        try
        {
            return path is null || !File.Exists(path)
                ? new ShellHistory(path, [])
                : new FileInfo(path).Length > MaxFileBytes
                    ? new ShellHistory(null, [])
                    : new ShellHistory(path, [.. Read(path).TakeLast(MaxEntries)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ShellHistory(null, []);
        }
    }

    /// <summary>Adds a text, unless it is the last one again, begins with a space, or is too long.</summary>
    public void Add(string text)
    {
        if (text.Trim().Length == 0 || text[0] == ' ' || text.Length > MaxEntryLength
            || (_entries.Count > 0 && _entries[^1] == text))
        {
            return;
        }

        _entries.Add(text);
        if (_entries.Count > MaxEntries)
        {
            _entries.RemoveAt(0);
        }

        Write(text);
    }

    void Write(string text)
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            var folder = Path.GetDirectoryName(_path)!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(
                    folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            // What is longer than it is worth begins anew with the entries that are known.
            var isLong = File.Exists(_path) && new FileInfo(_path).Length > MaxFileBytes / 2;
            using var file = new FileStream(_path, new FileStreamOptions
            {
                Mode = isLong ? FileMode.Create : FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            foreach (var entry in isLong ? _entries : [text])
            {
                file.Write([.. JsonSerializer.SerializeToUtf8Bytes(entry, ShellJson.Default.String), (byte)'\n']);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A history is a comfort; without it the shell works as well.
        }
    }

    static IEnumerable<string> Read(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (Parse(line) is { Length: > 0 } entry)
            {
                yield return entry;
            }
        }
    }

    static string? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ShellJson.Default.String);
        }
        catch (JsonException)
        {
            // A line that was cut off, or is not ours.
            return null;
        }
    }
}
