namespace Millrace.Versions.Dvc;

/// <summary>A <c>.dvc</c> file: one stage, most often one output.</summary>
/// <param name="Root">Everything in it, in its order.</param>
/// <param name="WorkingFolder">What its paths are relative to, seen from its own folder; empty for that folder.</param>
/// <param name="Dependencies">Where the output comes from, for imports and for stages of old.</param>
/// <param name="Outs">What it tracks.</param>
/// <param name="IsFrozen">Whether DVC must not run it again.</param>
sealed record DvcFile(
    YamlMap Root, string WorkingFolder, IReadOnlyList<YamlMap> Dependencies, IReadOnlyList<DvcOut> Outs, bool IsFrozen)
{
    public const string Ending = ".dvc";

    static readonly string[] Keys =
    [
        "md5", "wdir", "deps", "outs", "frozen", "locked", "meta", "always_changed", "desc", "cmd",
    ];

    /// <param name="text">The file's text.</param>
    /// <param name="name">Its path, for messages.</param>
    /// <exception cref="MillraceException"><c>dvc-file-invalid</c>.</exception>
    public static DvcFile Parse(string text, string name)
    {
        var root = YamlReader.ReadMap(text, name);
        if (!root.Entries.Exists(entry => Keys.Contains(entry.Key)))
            throw YamlReader.Invalid(name, 0, "none of the names that DVC writes is in it, such as 'outs'");
        return new DvcFile(
            root,
            root["wdir"] is YamlText { IsNull: false, Value: not "." } folder ? folder.Value : "",
            [.. Items(root, "deps", name).Select(item => item.AsMap
                ?? throw YamlReader.Invalid(name, 0, "a dependency is not a mapping"))],
            [.. Items(root, "outs", name).Select(item => DvcOut.Read(item, name))],
            IsTrue(root["frozen"]) || IsTrue(root["locked"]));
    }

    /// <summary>The file that DVC 3 writes for one output.</summary>
    public static DvcFile Of(DvcOut output)
    {
        var outs = new YamlList([output.Map]);
        return new DvcFile(new YamlMap([new("outs", outs)]), "", [], [output], false);
    }

    /// <summary>The file with another output in place of the one of the same path, and everything else as it is.
    /// </summary>
    public DvcFile With(DvcOut output)
    {
        var outs = Outs.Select(old => old.Path == output.Path ? Renewed(old, output) : old).ToList();
        return this with { Outs = outs, Root = Root.With("outs", new YamlList([.. outs.Select(item => item.Map)])) };
    }

    /// <summary>As DVC writes it, byte for byte.</summary>
    public string ToText() => YamlWriter.Write(Root);

    // What only the old one has is kept: a description, a remote, labels.
    static DvcOut Renewed(DvcOut old, DvcOut output)
    {
        var kept = old.Map.Entries.Where(
            entry => !DvcFileEdit.ContentKeys.Contains(entry.Key) && output.Map[entry.Key] is null);
        return DvcOut.Read(new YamlMap([.. output.Map.Entries, .. kept]), output.Path);
    }

    static List<YamlValue> Items(YamlMap root, string key, string name) => root[key] switch
    {
        null or YamlText { IsNull: true } => [],
        YamlList list => list.Items,
        _ => throw YamlReader.Invalid(name, 0, $"'{key}' is not a list"),
    };

    static bool IsTrue(YamlValue? value) => value?.AsText is "true" or "True" or "TRUE";
}
