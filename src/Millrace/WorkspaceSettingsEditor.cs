using System.Text;
using Millrace.Catalog;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Millrace;

/// <summary>Changes a millrace.yaml line by line: every line that a change is not about stays as it is, comments too.
/// What comes out is read back before it is written.</summary>
/// <remarks>Where the lines are is known from YAML's own parser. Values in braces, or of several lines, are not changed
/// by itself.</remarks>
sealed class WorkspaceSettingsEditor
{
    const string Step = "  ";

    readonly string _file;
    readonly List<string> _lines;

    WorkspaceSettingsEditor(string file, List<string> lines)
    {
        _file = file;
        _lines = lines;
    }

    /// <summary>The file as it is then.</summary>
    public string Text => string.Concat(_lines.Select(line => line + "\n"));

    /// <summary>What the file says; null for nothing.</summary>
    public YamlMappingNode? Root
    {
        get
        {
            var yaml = new YamlStream();
            using var reader = new StringReader(string.Join('\n', _lines));
            yaml.Load(reader);
            return yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode as YamlMappingNode;
        }
    }

    /// <summary>Opens a file that need not be there, and sees to it that it can be read.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public static WorkspaceSettingsEditor Open(string file)
    {
        WorkspaceSettings.Read(file);
        return new WorkspaceSettingsEditor(file, File.Exists(file) ? [.. File.ReadAllLines(file)] : []);
    }

    public static WorkspaceSettingsEditor Of(string text)
    {
        List<string> lines = [.. text.Split('\n')];
        if (lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        return new WorkspaceSettingsEditor("millrace.yaml", lines);
    }

    /// <summary>Sets one value; mappings on the way are made.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public void Set(string value, params string[] names)
    {
        var (found, depth) = Walk(Root, names);
        if (depth == names.Length)
            Replace((YamlScalarNode)found!, value, names);
        else
            Insert(found as YamlMappingNode, names, depth, value);
    }

    /// <summary>Takes a value or a mapping away, with mappings that this empties.</summary>
    /// <returns>False when the file did not have it.</returns>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public bool Remove(params string[] names)
    {
        var root = Root;
        var path = new List<(YamlMappingNode Parent, string Name)>();
        YamlNode? node = root;
        foreach (var name in names)
        {
            if (node is not YamlMappingNode parent || Child(parent, name) is not { } child)
                return false;
            if (parent.Style == MappingStyle.Flow)
                throw NotSingle(names);
            path.Add((parent, name));
            node = child;
        }

        // A mapping that nothing is left of goes as well.
        var at = path.Count - 1;
        while (at > 0 && path[at].Parent.Children.Count == 1)
            at--;
        var (mapping, last) = path[at];
        var first = LineOf(mapping, last);
        _lines.RemoveRange(first, End(mapping, root!, first) - first);
        return true;
    }

    /// <summary>Gives a key at the top other lines.</summary>
    /// <param name="key">The key.</param>
    /// <param name="lines">Its lines with the key; none takes it away.</param>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public void ReplaceSection(string key, IReadOnlyList<string> lines)
    {
        var (first, end) = (_lines.Count, _lines.Count);
        if (Root is { } root)
        {
            if (root.Style == MappingStyle.Flow)
                throw NotSingle([key]);
            if (Child(root, key) is not null)
            {
                first = LineOf(root, key);
                end = End(root, root, first);
            }
        }

        while (end > first + 1 && IsCommentOrEmpty(_lines[end - 1]))
            end--;
        _lines.RemoveRange(first, end - first);
        _lines.InsertRange(first, lines);
    }

    /// <summary>Writes the file, if what it says then can be read.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>, and those of writing.</exception>
    public void Save()
    {
        Prove();
        DurableFile.Write(_file, Encoding.UTF8.GetBytes(Text));
    }

    /// <summary>Reads what the file would say.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>: of the change, not of a line that is there.
    /// </exception>
    public WorkspaceSettings Prove()
    {
        try
        {
            using var reader = new StringReader(Text);
            return WorkspaceSettings.Read(_file, reader);
        }
        catch (MillraceException exception) when (exception.Code == "settings-invalid")
        {
            var start = $"of '{_file}': ";
            var at = exception.Message.IndexOf(start, StringComparison.Ordinal);
            var fact = at < 0 ? exception.Message : exception.Message[(at + start.Length)..];
            throw new MillraceException(
                exception.Kind, exception.Code, $"'{_file}' cannot say that: {fact}",
                "Nothing was written. Give another value; 'docs/guide/workspace.md' shows every setting.", exception);
        }
    }

    /// <summary>A value as YAML has it.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public static string Quote(string value)
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

    /// <summary>Goes down as far as the file has the names.</summary>
    (YamlNode? Node, int Depth) Walk(YamlMappingNode? root, string[] names)
    {
        YamlNode? node = root;
        for (var i = 0; i < names.Length; i++)
        {
            if (node is not YamlMappingNode mapping)
                return i == 0 ? (null, 0) : throw NotSingle(names);
            if (mapping.Style == MappingStyle.Flow)
                throw NotSingle(names);
            if (Child(mapping, names[i]) is not { } child)
                return (mapping, i);
            node = child;
        }

        return node is YamlScalarNode ? (node, names.Length) : throw NotSingle(names);
    }

    void Replace(YamlScalarNode old, string value, string[] names)
    {
        var line = (int)old.Start.Line - 1;
        if (old.End.Line != old.Start.Line || old.Style is ScalarStyle.Literal or ScalarStyle.Folded)
            throw NotSingle(names);
        var (from, to) = ((int)old.Start.Column - 1, (int)old.End.Column - 1);
        _lines[line] = _lines[line][..from] + Quote(value) + _lines[line][to..];
    }

    void Insert(YamlMappingNode? parent, string[] names, int depth, string value)
    {
        var at = _lines.Count;
        var (indent, step) = ("", Step);
        if (parent is not null && depth > 0)
        {
            var last = ((YamlScalarNode)parent.Children.Last().Key).Start;
            indent = new string(' ', (int)last.Column - 1);
            // As wide as the file has its steps.
            if (indent.Length >= depth && indent.Length % depth == 0)
                step = new string(' ', indent.Length / depth);
            at = (int)last.Line;
            // Behind all that is deeper than the mapping's own names.
            while (at < _lines.Count && (_lines[at].Trim().Length == 0 || IndentOf(_lines[at]) > indent.Length))
                at++;
            while (at > last.Line && IsCommentOrEmpty(_lines[at - 1]))
                at--;
        }
        else
        {
            while (at > 0 && _lines[at - 1].Trim().Length == 0)
                at--;
            if (at > 0)
                _lines.Insert(at++, "");
        }

        for (var i = depth; i < names.Length; i++)
        {
            _lines.Insert(at++, $"{indent}{Quote(names[i])}:{(i == names.Length - 1 ? " " + Quote(value) : "")}");
            indent += step;
        }
    }

    /// <summary>Where what belongs to a name ends: comments before the next name are that one's.</summary>
    int End(YamlMappingNode mapping, YamlMappingNode root, int first)
    {
        var indent = IndentOf(_lines[first]);
        var end = first + 1;
        while (end < _lines.Count && (IsCommentOrEmpty(_lines[end]) || IndentOf(_lines[end]) > indent
            || (IndentOf(_lines[end]) == indent && _lines[end].TrimStart().StartsWith("- ", StringComparison.Ordinal))))
        {
            end++;
        }

        var isLast = ReferenceEquals(mapping, root) && end == _lines.Count;
        while (end > first + 1 && (isLast ? _lines[end - 1].Trim().Length == 0 : IsCommentOrEmpty(_lines[end - 1])))
            end--;
        return end;
    }

    static bool IsCommentOrEmpty(string line) => line.TrimStart() is { Length: 0 } or ['#', ..];

    static int IndentOf(string line) => line.Length - line.TrimStart(' ').Length;

    static int LineOf(YamlMappingNode mapping, string name) => (int)mapping.Children
        .First(child => child.Key is YamlScalarNode { Value: var value } && value == name).Key.Start.Line - 1;

    static YamlNode? Child(YamlMappingNode mapping, string name) => mapping.Children
        .FirstOrDefault(child => child.Key is YamlScalarNode { Value: var value } && value == name).Value;

    MillraceException NotSingle(string[] names) => new(
        ErrorKind.Invalid, "settings-invalid",
        $"'{string.Join('.', names)}' in '{_file}' is not a single value on a line of its own.",
        "Change it in the file: write it with one line for each setting.");
}
