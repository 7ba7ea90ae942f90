using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Millrace;

/// <summary>Replaces whole sections of a millrace.yaml and leaves the other lines as they are, comments too.</summary>
static class WorkspaceSettingsText
{
    /// <summary>The text with other lines for a section.</summary>
    /// <param name="text">The file's text; may be empty.</param>
    /// <param name="key">The section's key at the top.</param>
    /// <param name="lines">Its lines with the key; none takes it away.</param>
    /// <exception cref="MillraceException"><c>settings-invalid</c>: the file is written in braces.</exception>
    public static string Replace(string text, string key, IReadOnlyList<string> lines)
    {
        List<string> all = [.. text.Split('\n')];
        if (all[^1].Length == 0)
            all.RemoveAt(all.Count - 1);
        var (first, end) = Locate(text, key, all.Count);
        if (first < 0)
            (first, end) = (all.Count, all.Count);
        // Comments and empty lines before the next key belong to that one.
        while (end > first + 1 && (all[end - 1].Trim().Length == 0 || all[end - 1].TrimStart().StartsWith('#')))
            end--;
        all.RemoveRange(first, end - first);
        all.InsertRange(first, lines);
        return string.Concat(all.Select(line => line + "\n"));
    }

    static (int First, int End) Locate(string text, string key, int lineCount)
    {
        var yaml = new YamlStream();
        using var reader = new StringReader(text);
        yaml.Load(reader);
        if (yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is not YamlMappingNode root)
            return (-1, -1);
        if (root.Style == MappingStyle.Flow)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "settings-invalid",
                "millrace.yaml is written in braces, which is not changed by itself.",
                "Write it with one line for each setting.");
        }

        var starts = root.Children.Keys.OfType<YamlScalarNode>()
            .Select(node => (node.Value, Line: (int)node.Start.Line - 1)).OrderBy(item => item.Line).ToList();
        var at = starts.FindIndex(item => item.Value == key);
        return at < 0 ? (-1, -1) : (starts[at].Line, at + 1 < starts.Count ? starts[at + 1].Line : lineCount);
    }
}
