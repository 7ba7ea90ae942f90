using System.Text.RegularExpressions;

namespace Millrace.Versions.Dvc;

/// <summary>What <c>dvc.lock</c> leaves out about a stage's outputs.</summary>
/// <param name="WorkingFolder">What its paths are relative to, seen from the file; empty for the file's folder.</param>
/// <param name="Uncached">Patterns of the outputs that git keeps instead of DVC.</param>
sealed record DvcYamlPlace(string WorkingFolder, IReadOnlyList<Regex> Uncached)
{
    public bool IsCached(string path) => !Uncached.Any(pattern => pattern.IsMatch(path));

    /// <summary>The stages by name, those of a foreach or a matrix by the name before the <c>@</c>.</summary>
    /// <exception cref="MillraceException"><c>dvc-file-invalid</c>.</exception>
    public static IReadOnlyDictionary<string, DvcYamlPlace> Read(string text, string name)
    {
        var places = new Dictionary<string, DvcYamlPlace>(StringComparer.Ordinal);
        foreach (var (stage, value) in (YamlReader.ReadMap(text, name)["stages"]?.AsMap ?? new YamlMap([])).Entries)
        {
            if ((value.AsMap?["do"] ?? value) is not YamlMap body)
                throw YamlReader.Invalid(name, 0, $"the stage '{stage}' is not a mapping");
            var folder = body["wdir"]?.AsText ?? "";
            if (folder.Contains("${", StringComparison.Ordinal))
                throw YamlReader.Invalid(name, 0, $"the 'wdir' of stage '{stage}' is an expression");
            string[] kinds = ["outs", "metrics", "plots"];
            places[stage] = new DvcYamlPlace(
                folder, [.. kinds.SelectMany(kind => body[kind]?.AsList?.Items ?? []).SelectMany(Patterns)]);
        }

        return places;
    }

    static IEnumerable<Regex> Patterns(YamlValue item) =>
        (item.AsMap?.Entries ?? []).Where(entry => entry.Value.AsMap?["cache"]?.AsText == "false").Select(entry =>
            new Regex(
                $"^{string.Join(".*", Expression().Split(entry.Key).Select(Regex.Escape))}$",
                RegexOptions.CultureInvariant | RegexOptions.NonBacktracking));

    static Regex Expression() => new(@"\$\{[^}]*\}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}
