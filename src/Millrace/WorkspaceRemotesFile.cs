using System.Text;
using Millrace.Catalog;
using Millrace.Objects;
using YamlDotNet.RepresentationModel;

namespace Millrace;

/// <summary>Changes <c>remotes:</c> in a millrace.yaml and leaves every other line as it is, comments too. Each change
/// is read back before it is written.</summary>
public static class WorkspaceRemotesFile
{
    const string Key = "remotes";
    const string DefaultKey = "default";

    /// <summary>Adds a remote, and makes it the default when it is the first.</summary>
    /// <exception cref="MillraceException"><c>remote-exists</c>, <c>remote-name-invalid</c>,
    /// <c>settings-invalid</c>.</exception>
    public static void Add(string file, string name, RemoteSettings remote)
    {
        if (!WorkspaceSettings.IsRemoteName(name))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "remote-name-invalid", $"'{name}' cannot name a remote.",
                "Use up to 64 letters, digits, '.', '_' and '-', and not 'default'.");
        }

        var settings = WorkspaceSettings.Read(file);
        if (settings.Remotes.ByName.TryGetValue(name, out var known))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "remote-exists", $"There is a remote '{name}' already: {known.Url}.",
                "Remove it first, or choose another name.");
        }

        var text = new YamlText(file, Key);
        var indent = text.Indent;
        var lines = new List<string> { $"{indent}{name}:" };
        foreach (var (key, value) in Lines(remote))
            lines.Add($"{indent}{indent}{key}: {Quote(value)}");
        if (settings.Remotes.ByName.Count == 0 && settings.Remotes.Default is null)
            lines.Add($"{indent}{DefaultKey}: {name}");
        text.Append(lines);
        Write(file, text);
    }

    /// <summary>Removes a remote from the file; nothing on the remote changes.</summary>
    /// <exception cref="MillraceException"><c>remote-unknown</c>, <c>settings-invalid</c>.</exception>
    public static void Remove(string file, string name)
    {
        var remotes = WorkspaceSettings.Read(file).Remotes;
        remotes.Find(name);
        var text = new YamlText(file, Key);
        if (remotes.ByName.Count == 1)
        {
            text.RemoveAll();
        }
        else
        {
            text.Remove(name);
            if (remotes.Default == name)
                text.Remove(DefaultKey);
        }

        Write(file, text);
    }

    /// <summary>Makes a remote the one that is meant when none is named.</summary>
    /// <exception cref="MillraceException"><c>remote-unknown</c>, <c>settings-invalid</c>.</exception>
    public static void SetDefault(string file, string name)
    {
        var remotes = WorkspaceSettings.Read(file).Remotes;
        remotes.Find(name);
        var text = new YamlText(file, Key);
        if (remotes.Default is not null)
            text.Remove(DefaultKey);
        text.Append([$"{text.Indent}{DefaultKey}: {name}"]);
        Write(file, text);
    }

    internal static IEnumerable<(string Key, string Value)> Lines(RemoteSettings remote)
    {
        (string Key, string? Value)[] all =
        [
            ("url", remote.Url), ("endpoint", remote.Endpoint), ("region", remote.Region),
            ("path-style", remote.PathStyle switch { true => "true", false => "false", null => null }),
            ("access-key-env", remote.AccessKeyVariable), ("secret-key-env", remote.SecretKeyVariable),
            ("profile", remote.Profile), ("credentials-file", remote.CredentialsFile),
            ("credentials-command", remote.CredentialsCommand),
        ];
        foreach (var (key, value) in all)
        {
            if (value is not null)
                yield return (key, value);
        }
    }

    internal static string Quote(string value)
    {
        if (value.Any(char.IsControl))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "settings-invalid", "A setting of a remote has a line break or control character.",
                "Give it without.");
        }

        var isPlain = value.Length > 0 && char.IsAsciiLetterOrDigit(value[0]) && value[^1] != ':'
            && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or ':' or '.' or '_' or '-');
        return isPlain ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    static void Write(string file, YamlText text)
    {
        using var reader = new StringReader(text.ToString());
        WorkspaceSettings.Read(file, reader);
        DurableFile.Write(file, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The lines of a file of which one mapping at the top is edited.</summary>
    sealed class YamlText
    {
        readonly string _key;
        readonly List<string> _lines;

        /// <summary>Where the mapping's key stands; -1 when there is none.</summary>
        int _first = -1;
        int _end;
        List<(string Name, int Line)> _children = [];

        public YamlText(string file, string key)
        {
            _key = key;
            _lines = File.Exists(file) ? [.. File.ReadAllLines(file)] : [];
            Locate(file);
        }

        public string Indent { get; private set; } = "  ";

        public void Append(List<string> lines)
        {
            if (_first < 0)
            {
                if (_lines.Count > 0 && _lines[^1].Length > 0)
                    _lines.Add("");
                _lines.Add($"{_key}:");
                _lines.AddRange(lines);
                return;
            }

            _lines.InsertRange(_end, lines);
        }

        public void Remove(string child)
        {
            var at = _children.FindIndex(found => found.Name == child);
            var line = _children[at].Line;
            var end = at + 1 < _children.Count ? ContentEnd(line, _children[at + 1].Line) : _end;
            _lines.RemoveRange(line, end - line);
            _end -= end - line;
            _children.RemoveAt(at);
            _children = _children.ConvertAll(
                found => found.Line > line ? (found.Name, found.Line - (end - line)) : found);
        }

        public void RemoveAll() => _lines.RemoveRange(_first, _end - _first);

        public override string ToString() => string.Concat(_lines.Select(line => line + "\n"));

        void Locate(string file)
        {
            var yaml = new YamlStream();
            using var reader = new StringReader(string.Join('\n', _lines));
            yaml.Load(reader);
            if (yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is not YamlMappingNode root)
                return;
            YamlMappingNode? found = null;
            var next = _lines.Count;
            foreach (var (key, value) in root)
            {
                var line = (int)key.Start.Line - 1;
                if (key is YamlScalarNode { Value: { } name } && name == _key)
                    (_first, found) = (line, value as YamlMappingNode);
                else if (_first >= 0 && line < next)
                    next = line;
            }

            if (_first < 0)
                return;
            if (found is null || found.Style == YamlDotNet.Core.Events.MappingStyle.Flow
                || root.Style == YamlDotNet.Core.Events.MappingStyle.Flow)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "settings-invalid",
                    $"'{_key}:' in '{file}' is written in braces or empty, which is not changed by itself.",
                    $"Write '{_key}:' with one line for each setting, or change it by hand.");
            }

            _end = ContentEnd(_first, next);
            foreach (var (key, _) in found)
                _children.Add((((YamlScalarNode)key).Value!, (int)key.Start.Line - 1));
            if (_children.Count > 0)
                Indent = new string(' ', (int)found.Children.First().Key.Start.Column - 1);
        }

        /// <summary>Comments and empty lines before the next key belong to that one.</summary>
        int ContentEnd(int first, int next)
        {
            while (next > first + 1
                && (_lines[next - 1].Trim().Length == 0 || _lines[next - 1].TrimStart().StartsWith('#')))
            {
                next--;
            }

            return next;
        }
    }
}
