namespace Millrace.Versions.Dvc;

/// <summary>The stages that <c>dvc.yaml</c> declares, with those of a foreach and of a matrix counted out by name.
/// </summary>
/// <param name="Stages">In the file's order.</param>
sealed record DvcYaml(IReadOnlyList<DvcYamlStage> Stages)
{
    public const string FileName = "dvc.yaml";

    /// <summary>A matrix with more combinations is refused.</summary>
    public const int StagesMax = 100_000;

    /// <exception cref="MillraceException"><c>dvc-file-invalid</c>.</exception>
    public static DvcYaml Parse(string text, string name)
    {
        var root = YamlReader.ReadMap(text, name);
        var variables = Variables(root["vars"]);
        var stages = new List<DvcYamlStage>();
        foreach (var (stage, value) in (root["stages"]?.AsMap ?? new YamlMap([])).Entries)
        {
            var map = value.AsMap ?? throw YamlReader.Invalid(name, 0, $"the stage '{stage}' is not a mapping");
            var body = map["do"]?.AsMap ?? map;
            foreach (var key in Keys(map, variables, stage, name))
            {
                if (stages.Count == StagesMax)
                    throw YamlReader.Invalid(name, 0, $"it stands for more than {StagesMax} stages");
                stages.Add(ReadStage(key is null ? stage : $"{stage}@{key}", body));
            }
        }

        return new DvcYaml(stages);
    }

    static IEnumerable<string?> Keys(YamlMap map, YamlMap variables, string stage, string name)
    {
        if (map["foreach"] is { } each)
        {
            return Resolve(each, variables) switch
            {
                YamlMap items => items.Entries.Select(entry => entry.Key),
                YamlList { Items: var items } when items.Exists(item => item is not YamlText) =>
                    items.Select((_, index) => index.ToString()),
                YamlList { Items: var items } => items.Select(item => item.AsText!).Distinct(),
                _ => throw YamlReader.Invalid(
                    name, 0, $"the 'foreach' of stage '{stage}' is not a list, a mapping or one of the file's 'vars'"),
            };
        }

        return map["matrix"]?.AsMap is { } matrix
            ? Combinations(matrix, variables, stage, name) : Enumerable.Repeat<string?>(null, 1);
    }

    static IEnumerable<string> Combinations(YamlMap matrix, YamlMap variables, string stage, string name)
    {
        IEnumerable<string> keys = [""];
        foreach (var (axis, value) in matrix.Entries)
        {
            var values = Resolve(value, variables) as YamlList ?? throw YamlReader.Invalid(
                name, 0, $"'{axis}' in the matrix of stage '{stage}' is not a list or one of the file's 'vars'");
            var names = values.Items.Select((item, i) => item.AsText ?? $"{axis}{i}").ToList();
            keys = keys.SelectMany(_ => names, (key, next) => key.Length == 0 ? next : $"{key}-{next}");
        }

        return keys;
    }

    static DvcYamlStage ReadStage(string name, YamlMap body) => new(
        name,
        body["cmd"] switch
        {
            YamlList list => [.. list.Items.Select(item => item.AsText ?? "")],
            YamlText text => [text.Value],
            _ => [],
        },
        body["wdir"]?.AsText ?? "",
        Names(body["deps"]), Names(body["params"]),
        [.. Names(body["outs"]), .. Names(body["metrics"]), .. Names(body["plots"])]);

    // An item is a text, or a mapping of one name to what is said about it.
    static IReadOnlyList<string> Names(YamlValue? value) =>
        [.. (value?.AsList?.Items ?? []).SelectMany(item => item switch
        {
            YamlText text => [text.Value],
            YamlMap map => map.Entries.Select(entry => entry.Key),
            _ => Enumerable.Empty<string>(),
        })];

    static YamlMap Variables(YamlValue? value) =>
        new([.. (value?.AsList?.Items ?? []).OfType<YamlMap>().SelectMany(map => map.Entries)
            .GroupBy(entry => entry.Key, StringComparer.Ordinal).Select(group => group.Last())]);

    /// <summary>What <c>${name.of.a.value}</c> stands for; other values stand for themselves.</summary>
    static YamlValue? Resolve(YamlValue value, YamlMap variables)
    {
        if (value is not YamlText { Value: ['$', '{', .. var path, '}'] })
            return value;
        YamlValue? found = variables;
        foreach (var part in path.Trim().Split('.'))
            found = found?.AsMap?[part];
        return found;
    }
}
