namespace Millrace.Versions.Dvc;

/// <summary>What <c>dvc.lock</c> says: the content of each stage's dependencies and outputs when it last ran.</summary>
/// <param name="Stages">In the file's order.</param>
sealed record DvcLock(IReadOnlyList<DvcLockStage> Stages)
{
    public const string FileName = "dvc.lock";

    /// <exception cref="MillraceException"><c>dvc-file-invalid</c>.</exception>
    public static DvcLock Parse(string text, string name)
    {
        var root = YamlReader.ReadMap(text, name);
        // Before version 2.0 the stages stood at the root.
        var stages = root["schema"] is null && root["stages"] is null ? root : root["stages"]?.AsMap ?? new YamlMap([]);
        if (root["schema"] is { } schema && schema.AsText != "2.0")
            throw YamlReader.Invalid(name, 0, $"its schema is '{schema.AsText}', and '2.0' was expected");
        return new DvcLock([.. stages.Entries.Select(stage => ReadStage(stage.Key, stage.Value, name))]);
    }

    static DvcLockStage ReadStage(string stage, YamlValue value, string name)
    {
        var map = value.AsMap ?? throw YamlReader.Invalid(name, 0, $"the stage '{stage}' is not a mapping");
        return new DvcLockStage(
            stage, Command(map["cmd"]), ReadOuts(map["deps"], name), map["params"]?.AsMap ?? new YamlMap([]),
            ReadOuts(map["outs"], name));
    }

    static IReadOnlyList<DvcOut> ReadOuts(YamlValue? value, string name) =>
        [.. (value?.AsList?.Items ?? []).Select(item => DvcOut.Read(item, name))];

    static IReadOnlyList<string> Command(YamlValue? value) => value switch
    {
        YamlText text => [text.Value],
        YamlList list => [.. list.Items.Select(item => item.AsText ?? "")],
        _ => [],
    };
}
