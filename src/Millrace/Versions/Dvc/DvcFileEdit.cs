using YamlDotNet.RepresentationModel;

namespace Millrace.Versions.Dvc;

/// <summary>Gives one output of a <c>.dvc</c> file another content and leaves every other line as it is, comments
/// too.</summary>
/// <remarks>Only files in blocks are edited so, as DVC writes them; what comes out is read back and compared with what
/// it shall say.</remarks>
static class DvcFileEdit
{
    /// <summary>What says the content; the rest of an output is the user's.</summary>
    public static readonly string[] ContentKeys =
        ["md5", "size", "nfiles", "isexec", "hash", "files", "cloud", "etag", "version_id"];

    /// <param name="text">The file.</param>
    /// <param name="file">What it says.</param>
    /// <param name="output">The output's new content, at the path of one that is there.</param>
    /// <param name="name">The file's path, for messages.</param>
    /// <returns>The file's new text.</returns>
    public static string Apply(string text, DvcFile file, DvcOut output, string name)
    {
        var wanted = file.With(output);
        if (!text.Contains('#', StringComparison.Ordinal))
            return wanted.ToText();
        var edited = TryEdit(text, output);
        return edited is not null && IsSame(YamlReader.ReadMap(edited, name), wanted.Root) ? edited : wanted.ToText();
    }

    static string? TryEdit(string text, DvcOut output)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(text);
        stream.Load(reader);
        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root
            || Child(root, "outs") is not YamlSequenceNode outs
            || outs.OfType<YamlMappingNode>().FirstOrDefault(
                item => Child(item, "path") is YamlScalarNode { Value: var path } && path == output.Path) is not { } old
            || old.Style == YamlDotNet.Core.Events.MappingStyle.Flow)
        {
            return null;
        }

        var lines = text.Split('\n').ToList();
        var keys = old.Children.Keys.OfType<YamlScalarNode>().OrderBy(key => key.Start.Line).ToList();
        var indent = (int)keys[0].Start.Column - 1;
        // From the end, so that lines before keep their numbers.
        for (var i = keys.Count - 1; i >= 0; i--)
        {
            var key = keys[i].Value!;
            var line = (int)keys[i].Start.Line - 1;
            if (!ContentKeys.Contains(key))
                continue;
            if (output.Map[key] is YamlText value)
            {
                if (old.Children[keys[i]] is not YamlScalarNode scalar || scalar.Start.Line != scalar.End.Line
                    || (int)scalar.Start.Line - 1 != line)
                {
                    return null;
                }

                lines[line] = lines[line][..((int)scalar.Start.Column - 1)] + value.Value
                    + lines[line][((int)scalar.End.Column - 1)..];
            }
            else if (i == 0 || !RemoveLines(lines, line, indent))
            {
                return null;
            }
        }

        // New keys come behind the first, which has the dash before it.
        var at = (int)keys[0].Start.Line;
        foreach (var (key, value) in output.Map.Entries.Where(entry => Child(old, entry.Key) is null))
        {
            if (value is not YamlText { Value: var shown })
                return null;
            lines.Insert(at++, $"{new string(' ', indent)}{key}: {shown}");
        }

        return string.Join('\n', lines);
    }

    /// <summary>Removes a key with what is deeper than it; a comment among that stays nobody's, and is not removed.
    /// </summary>
    static bool RemoveLines(List<string> lines, int line, int indent)
    {
        var end = line + 1;
        while (end < lines.Count && lines[end].Trim().Length > 0 && Indent(lines[end]) >= indent
            && (Indent(lines[end]) > indent || lines[end][indent] == '-'))
        {
            end++;
        }

        if (lines.GetRange(line, end - line).Exists(text => text.Contains('#', StringComparison.Ordinal)))
            return false;
        lines.RemoveRange(line, end - line);
        return true;
    }

    static int Indent(string line) => line.Length - line.TrimStart(' ').Length;

    static YamlNode? Child(YamlMappingNode map, string name) => map.Children
        .FirstOrDefault(child => child.Key is YamlScalarNode { Value: var value } && value == name).Value;

    /// <summary>Whether two values say the same, in whatever order their names stand.</summary>
    static bool IsSame(YamlValue one, YamlValue other) => (one, other) switch
    {
        (YamlMap left, YamlMap right) => left.Entries.Count == right.Entries.Count
            && left.Entries.TrueForAll(entry => right[entry.Key] is { } value && IsSame(entry.Value, value)),
        (YamlList left, YamlList right) => left.Items.Count == right.Items.Count
            && left.Items.Zip(right.Items).All(pair => IsSame(pair.First, pair.Second)),
        (YamlText left, YamlText right) => left.Value == right.Value,
        _ => false,
    };
}
