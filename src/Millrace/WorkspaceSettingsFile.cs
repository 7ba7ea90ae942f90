using System.Text;
using Millrace.Catalog;
using Millrace.Lineage;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Millrace;

/// <summary>Reads and changes single settings of a millrace.yaml by a key such as <c>versions.author</c>. Every other
/// line stays as it is, comments too; what comes out is read back before it is written.</summary>
public static class WorkspaceSettingsFile
{
    const string AnyName = "*";

    static readonly string[] RemoteKeys =
    [
        "url", "endpoint", "region", "path-style", "access-key-env", "secret-key-env", "profile", "credentials-file",
        "credentials-command",
    ];

    /// <summary>The keys that there are; <c>*</c> stands for a remote's name.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "catalog.kind", "catalog.connection", "catalog.schema", "catalog.password-env",
        "objects.cache", "objects.encryption.key-file", "objects.encryption.key-env",
        .. RemoteKeys.Select(key => $"objects.{key}"),
        "remotes.default", .. RemoteKeys.Select(key => $"remotes.*.{key}"),
        "versions.author", "versions.checkout", "hooks.pre-commit",
    ];

    /// <summary>Every setting that the file has, in its order. The items of a list are numbered from 0.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public static IReadOnlyList<(string Key, string Value)> List(string file)
    {
        WorkspaceSettings.Read(file);
        var found = new List<(string, string)>();
        if (Root(Text(file)) is { } root)
            Collect(root, "", found);
        return found;
    }

    /// <summary>One setting; null when the file does not have it.</summary>
    /// <exception cref="MillraceException"><c>setting-unknown</c>, <c>settings-invalid</c>.</exception>
    public static string? Get(string file, string key)
    {
        Check(key);
        var values = List(file).Where(item => item.Key == key
            || item.Key.StartsWith(key + ".", StringComparison.Ordinal)).Select(item => item.Value).ToList();
        return values.Count == 0 ? null : string.Join('\n', values);
    }

    /// <summary>Sets one setting.</summary>
    /// <exception cref="MillraceException"><c>setting-unknown</c>, <c>settings-invalid</c>: also for a credential.
    /// </exception>
    public static void Set(string file, string key, string value)
    {
        Check(key);
        WorkspaceSettings.Read(file);
        var names = Names(key);
        var lines = Lines(file);
        if (key == "hooks.pre-commit")
            throw NotSingle(file, key);
        var (found, depth) = Walk(Root(string.Join('\n', lines)), names, file);
        if (depth == names.Length)
            Replace(lines, (YamlScalarNode)found!, value, file, key);
        else
            Insert(lines, found as YamlMappingNode, names, depth, value);
        Write(file, lines);
    }

    /// <summary>Takes one setting away, with mappings that this empties.</summary>
    /// <returns>False when the file did not have it.</returns>
    /// <exception cref="MillraceException"><c>setting-unknown</c>, <c>settings-invalid</c>.</exception>
    public static bool Unset(string file, string key)
    {
        Check(key);
        WorkspaceSettings.Read(file);
        var names = Names(key);
        var lines = Lines(file);
        var root = Root(string.Join('\n', lines));
        var path = new List<(YamlMappingNode Parent, string Name)>();
        YamlNode? node = root;
        foreach (var name in names)
        {
            if (node is not YamlMappingNode parent || Child(parent, name) is not { } child)
                return false;
            if (parent.Style == MappingStyle.Flow)
                throw NotSingle(file, key);
            path.Add((parent, name));
            node = child;
        }

        // A mapping that nothing is left of goes as well.
        var at = path.Count - 1;
        while (at > 0 && path[at].Parent.Children.Count == 1)
            at--;
        var (mapping, last) = path[at];
        var first = LineOf(mapping, last);
        lines.RemoveRange(first, End(lines, mapping, root!, first) - first);
        Write(file, lines);
        return true;
    }

    static void Check(string key)
    {
        var names = Names(key);
        var isKnown = Keys.Any(known => Matches(known.Split('.'), names));
        if (isKnown)
            return;
        var pattern = names.Length > 1 && names[0] == "remotes" && names[^1] != "default"
            ? $"remotes.{AnyName}.{names[^1]}" : key;
        var near = Keys.Select(known => (Known: known, Distance: Nearness.Distance(known, pattern)))
            .OrderBy(item => item.Distance).First();
        var shown = names.Length > 2 ? near.Known.Replace(AnyName, names[1], StringComparison.Ordinal) : near.Known;
        throw new MillraceException(
            ErrorKind.Invalid, "setting-unknown", $"'{key}' is not a setting.",
            near.Distance <= 1 + (key.Length / 4)
                ? $"Did you mean '{shown}'?" : $"There are {string.Join(", ", Keys)}.");
    }

    static bool Matches(string[] pattern, string[] names) => pattern.Length == names.Length
        && !pattern.Where((part, i) => part == AnyName ? !WorkspaceSettings.IsRemoteName(names[i]) : part != names[i])
            .Any();

    /// <summary>A remote's name may have dots.</summary>
    static string[] Names(string key)
    {
        var names = key.Split('.');
        return names.Length > 3 && names[0] == "remotes"
            ? [names[0], string.Join('.', names[1..^1]), names[^1]] : names;
    }

    static void Collect(YamlMappingNode mapping, string prefix, List<(string, string)> found)
    {
        foreach (var (key, value) in mapping)
        {
            var name = prefix + ((YamlScalarNode)key).Value;
            if (value is YamlMappingNode below)
                Collect(below, name + ".", found);
            else if (value is YamlSequenceNode items)
                found.AddRange(items.Select((item, i) => ($"{name}.{i}", ((YamlScalarNode)item).Value ?? "")));
            else
                found.Add((name, ((YamlScalarNode)value).Value ?? ""));
        }
    }

    /// <summary>Goes down as far as the file has the names.</summary>
    static (YamlNode? Node, int Depth) Walk(YamlMappingNode? root, string[] names, string file)
    {
        YamlNode? node = root;
        for (var i = 0; i < names.Length; i++)
        {
            if (node is not YamlMappingNode mapping)
                return i == 0 ? (null, 0) : throw NotSingle(file, string.Join('.', names));
            if (mapping.Style == MappingStyle.Flow)
                throw NotSingle(file, string.Join('.', names));
            if (Child(mapping, names[i]) is not { } child)
                return (mapping, i);
            node = child;
        }

        return node is YamlScalarNode ? (node, names.Length) : throw NotSingle(file, string.Join('.', names));
    }

    static void Replace(List<string> lines, YamlScalarNode old, string value, string file, string key)
    {
        var line = (int)old.Start.Line - 1;
        if (old.End.Line != old.Start.Line || old.Style is ScalarStyle.Literal or ScalarStyle.Folded)
            throw NotSingle(file, key);
        var (from, to) = ((int)old.Start.Column - 1, (int)old.End.Column - 1);
        lines[line] = lines[line][..from] + Quote(value) + lines[line][to..];
    }

    static void Insert(List<string> lines, YamlMappingNode? parent, string[] names, int depth, string value)
    {
        var at = lines.Count;
        var indent = "";
        if (parent is not null && depth > 0)
        {
            var last = ((YamlScalarNode)parent.Children.Last().Key).Start;
            indent = new string(' ', (int)last.Column - 1);
            at = (int)last.Line;
            // Behind all that is deeper than the mapping's own names.
            while (at < lines.Count && (lines[at].Trim().Length == 0 || IndentOf(lines[at]) > indent.Length))
                at++;
            while (at > last.Line && (lines[at - 1].Trim().Length == 0 || lines[at - 1].TrimStart().StartsWith('#')))
                at--;
        }
        else
        {
            while (at > 0 && lines[at - 1].Trim().Length == 0)
                at--;
            if (at > 0)
                lines.Insert(at++, "");
        }

        for (var i = depth; i < names.Length; i++)
        {
            lines.Insert(at++, $"{indent}{Quote(names[i])}:{(i == names.Length - 1 ? " " + Quote(value) : "")}");
            indent += "  ";
        }
    }

    static int LineOf(YamlMappingNode mapping, string name) => (int)mapping.Children
        .First(child => child.Key is YamlScalarNode { Value: var value } && value == name).Key.Start.Line - 1;

    /// <summary>Where what belongs to a name ends: comments before the next name are that one's.</summary>
    static int End(List<string> lines, YamlMappingNode mapping, YamlMappingNode root, int first)
    {
        var indent = IndentOf(lines[first]);
        var end = first + 1;
        while (end < lines.Count && (lines[end].Trim().Length == 0 || IndentOf(lines[end]) > indent
            || lines[end].TrimStart().StartsWith('#')
            || (IndentOf(lines[end]) == indent && lines[end].TrimStart().StartsWith("- ", StringComparison.Ordinal))))
        {
            end++;
        }

        var isLast = ReferenceEquals(mapping, root) && end == lines.Count;
        while (end > first + 1 && (lines[end - 1].Trim().Length == 0
            || (!isLast && lines[end - 1].TrimStart().StartsWith('#'))))
        {
            end--;
        }

        return end;
    }

    static int IndentOf(string line) => line.Length - line.TrimStart(' ').Length;

    static YamlNode? Child(YamlMappingNode mapping, string name) => mapping.Children
        .FirstOrDefault(child => child.Key is YamlScalarNode { Value: var value } && value == name).Value;

    static YamlMappingNode? Root(string text)
    {
        var yaml = new YamlStream();
        using var reader = new StringReader(text);
        yaml.Load(reader);
        return yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode as YamlMappingNode;
    }

    static string Text(string file) => string.Join('\n', Lines(file));

    static List<string> Lines(string file) => File.Exists(file) ? [.. File.ReadAllLines(file)] : [];

    static string Quote(string value)
    {
        if (value.Any(char.IsControl))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "settings-invalid", "A setting has a line break or control character.",
                "Give it without.");
        }

        var isPlain = value.Length > 0 && char.IsAsciiLetterOrDigit(value[0]) && value[^1] != ':'
            && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or ':' or '.' or '_' or '-');
        return isPlain ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    static void Write(string file, List<string> lines)
    {
        var text = string.Concat(lines.Select(line => line + "\n"));
        using var reader = new StringReader(text);
        WorkspaceSettings.Read(file, reader);
        DurableFile.Write(file, Encoding.UTF8.GetBytes(text));
    }

    static MillraceException NotSingle(string file, string key) => new(
        ErrorKind.Invalid, "settings-invalid", $"'{key}' in '{file}' is not a single value on a line of its own.",
        "Change it in the file.");
}
