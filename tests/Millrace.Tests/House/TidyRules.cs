using System.Text.RegularExpressions;

namespace Millrace.Tests.House;

/// <summary>The rules of STYLE.md that a text alone can break.</summary>
static partial class TidyRules
{
    const int MaxLines = 600;
    const int MaxColumns = 120;
    const int MaxFamilyLines = 200;

    static readonly string[] Written =
        [".cs", ".sql", ".sh", ".py", ".js", ".ts", ".css", ".html", ".csproj", ".props"];

    /// <param name="path">Relative to the repository's root; its ending decides which rules hold.</param>
    /// <param name="text">The whole file.</param>
    /// <returns>Sentences that start with the path and, where there is one, the line.</returns>
    public static IReadOnlyList<string> Check(string path, string text)
    {
        if (!Written.Contains(Path.GetExtension(path))) return [];
        var found = new List<string>();
        CheckLineCount(path, text, found);
        CheckFileName(path, found);
        Find(path, text, MachinePath(), "names a folder of one machine", found);
        if (!path.EndsWith(".cs", StringComparison.Ordinal))
        {
            Find(path, text, Postponed(), "postpones work; open an issue instead", found);
            return found;
        }

        var (code, comments) = CSharpText.Split(text);
        CheckColumns(path, text, found);
        CheckTypes(path, code, found);
        Find(path, comments, Postponed(), "postpones work; open an issue instead", found);
        Find(path, comments, CodeInComment(), "is code in a comment", found);
        Find(path, code, NotWritten(), "throws instead of working", found);
        Find(path, code, SkippedTest(), "skips a test", found);
        return found;
    }

    static void CheckLineCount(string path, string text, List<string> found)
    {
        var lines = text.AsSpan().TrimEnd('\n').Count('\n') + 1;
        if (lines > MaxLines) found.Add($"{path} has {lines} lines; a file has at most {MaxLines}.");
    }

    static void CheckFileName(string path, List<string> found)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (VagueWord().Match(name) is { Success: true } word)
            found.Add($"{path} is named with the vague word '{word.Value}'.");
    }

    static void CheckColumns(string path, string text, List<string> found)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.Length > MaxColumns)
                found.Add($"{path}:{number} has {line.Length} columns; a line has at most {MaxColumns}.");
        }
    }

    static void CheckTypes(string path, string code, List<string> found)
    {
        foreach (Match type in Declaration().Matches(code))
            if (VagueWord().Match(type.Groups["name"].Value) is { Success: true } word)
                found.Add($"{path}:{LineOf(code, type.Groups["name"].Index)} declares '{type.Groups["name"].Value}', "
                    + $"named with the vague word '{word.Value}'.");

        // A sample is one file that shows a whole job.
        if (path.StartsWith("samples/", StringComparison.Ordinal)) return;
        var top = TopLevelTypes(code);
        var isFamily = top.All(type => type.Groups["kind"].Value is "record" or "enum")
            && code.AsSpan().Count('\n') <= MaxFamilyLines;
        if (top.Count > 1 && !isFamily)
            found.Add($"{path} declares {top.Count} top-level types ({string.Join(", ", top.Select(NameOf))}); "
                + "only a small family of records and enums shares a file.");
    }

    // Generic twins ('Batch' and 'Batch<T>') and parts of one type count once; 'file' types belong to the other one.
    static List<Match> TopLevelTypes(string code)
    {
        var isBlockNamespace = BlockNamespace().IsMatch(code);
        return [.. Declaration().Matches(code)
            .Where(type => DepthAt(code, type.Index) == (isBlockNamespace ? 1 : 0))
            .Where(type => !type.Groups["modifiers"].Value.Contains("file ", StringComparison.Ordinal))
            .DistinctBy(NameOf)];
    }

    static string NameOf(Match type) => type.Groups["name"].Value;

    static int DepthAt(string code, int index) => code.AsSpan(0, index).Count('{') - code.AsSpan(0, index).Count('}');

    static void Find(string path, string text, Regex rule, string sentence, List<string> found)
    {
        foreach (Match match in rule.Matches(text))
            found.Add($"{path}:{LineOf(text, match.Index)} {sentence}: {match.Value.Trim()}");
    }

    static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    [GeneratedRegex("(Manager|Helper|Utilit(y|ies)|Utils?|Common|Misc|Processor|Impl|Info)s?(?![a-z])")]
    private static partial Regex VagueWord();

    // What stands before the name of a type; 'record struct' is a record. A generic constraint ('where T : class') has
    // no name after it but '{', ',' or 'where'.
    [GeneratedRegex("""
        (?<=^|[;{}\]\n])\s*
        (?<modifiers>(?:\b(?:public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref
            |unsafe|new)\s+)*)
        \b(?:(?<kind>record)(?:\s+(?:class|struct))?
            |(?<kind>class|struct|interface|enum)
            |(?<kind>delegate)\s+[\w.<>,?\[\]\ ]+?)\s+
        (?<name>[A-Z_]\w*)\s*(?=[<({:;\n]|where\b)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\bnamespace\s+[\w.]+\s*\{")]
    private static partial Regex BlockNamespace();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b.*")]
    private static partial Regex Postponed();

    [GeneratedRegex("""
        ^[ ]*//(?!/)[ ]*(
            [{}]+[;,)]*
          | (return|break|continue|throw|yield|goto|await|using|var|const)\b.*;
          | .*\w\(.*\)\s*;
          | [\w.\[\]<>? ]+\s[-+*/|&?^]*=\s.*;
          | [\w.]+(\+\+|--);
          | (if|else|for|foreach|while|switch|try|catch|finally|lock|do|get|set|class|struct|public|private)\b.*\{
          | .*(\)|=>)\s*\{
          | .*;\s*\}
        )[ ]*$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Multiline)]
    private static partial Regex CodeInComment();

    [GeneratedRegex(@"\bNotImplementedException\b")]
    private static partial Regex NotWritten();

    // An explicit test runs only when it is named. Only the children need that: another test starts each of them, by
    // name, in a process of its own, so that none goes unrun.
    [GeneratedRegex("""
        \[\s*(Fact|Theory|InlineData|MemberData|ClassData)\b[^\]]*\bSkip\w*\s*=
        | \[\s*(Fact|Theory|InlineData|MemberData|ClassData)\b[^\]]*\bExplicit\s*=
            (?!\s*true\s*\)\]\s*public\s+(async\s+Task|void)\s+Child_)
        | \bAssert\.Skip\w*
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex SkippedTest();

    [GeneratedRegex(@"(?<![\w.}])/(home|root|work|Users)/\w+|\b[A-Z]:\\\w+")]
    private static partial Regex MachinePath();
}
