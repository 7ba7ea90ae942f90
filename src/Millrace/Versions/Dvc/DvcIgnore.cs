using System.Text;
using Millrace.Versions.Files;

namespace Millrace.Versions.Dvc;

/// <summary>The rules of all <c>.dvcignore</c> files of a project; those of a deeper folder stand over the others.
/// </summary>
sealed class DvcIgnore
{
    public const string FileName = ".dvcignore";

    readonly StringBuilder _text = new("/.hg/\n/.git\n/.dvc/\n.git/\n.hg/\n.dvc/\n");
    FolderIgnore? _rules;

    /// <param name="folder">The file's folder, from the root; empty for the root.</param>
    /// <param name="text">The file.</param>
    public void Add(string folder, string text)
    {
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var isNegated = line[0] == '!';
            if (isNegated)
                line = line[1..];
            _text.Append(isNegated ? "!" : "").Append(folder.Length == 0 ? line : Below(folder, line)).Append('\n');
        }

        _rules = null;
    }

    public bool IsIgnored(string path, bool isFolder) =>
        (_rules ??= FolderIgnore.Parse(null, "", _text.ToString())).LeavesOut(path, isFolder);

    static string Below(string folder, string line)
    {
        var escaped = new StringBuilder("/");
        foreach (var value in folder)
            escaped.Append(value is '*' or '?' or '[' or '\\' ? $"\\{value}" : value.ToString());
        var isAnchored = line.AsSpan()[..^1].Contains('/');
        return isAnchored ? $"{escaped}/{line.TrimStart('/')}" : $"{escaped}/**/{line}";
    }
}
