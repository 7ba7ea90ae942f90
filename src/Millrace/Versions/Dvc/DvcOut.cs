using System.Globalization;

namespace Millrace.Versions.Dvc;

/// <summary>An output or a dependency of a stage, as a <c>.dvc</c> file or <c>dvc.lock</c> has it.</summary>
/// <remarks>The keys that are read are listed in docs/formats/interop.md; others stay in <see cref="Map"/>.</remarks>
sealed record DvcOut
{
    DvcOut(YamlMap map) => Map = map;

    /// <summary>All its keys, in their order.</summary>
    public YamlMap Map { get; }

    /// <summary>As it is written: relative to the stage's working folder.</summary>
    public required string Path { get; init; }

    /// <summary>Null when DVC has not stored it yet, or knows it by something else than MD5.</summary>
    public DvcDigest? Digest { get; init; }

    public long? SizeBytes { get; init; }

    public long? FileCount { get; init; }

    public bool IsExecutable { get; init; }

    /// <summary>False for what git keeps instead of DVC.</summary>
    public bool IsCached { get; init; } = true;

    public bool CanPush { get; init; } = true;

    /// <summary>The one remote that it goes to; null for the default.</summary>
    public string? Remote { get; init; }

    /// <summary>The files of a folder that has no manifest, as DVC keeps them for cloud-versioned remotes; null when
    /// there is no such list.</summary>
    public IReadOnlyList<DvcOutFile>? Files { get; init; }

    /// <exception cref="MillraceException"><c>dvc-file-invalid</c>.</exception>
    public static DvcOut Read(YamlValue value, string name)
    {
        var map = value.AsMap ?? throw YamlReader.Invalid(name, 0, "an output is not a mapping");
        var path = map["path"]?.AsText;
        if (string.IsNullOrEmpty(path))
            throw YamlReader.Invalid(name, 0, "an output has no 'path'");
        return new DvcOut(map)
        {
            Path = path,
            Digest = ReadDigest(map, name, path),
            SizeBytes = Number(map, "size", name),
            FileCount = Number(map, "nfiles", name),
            IsExecutable = Flag(map, "isexec", false, name),
            IsCached = Flag(map, "cache", true, name),
            CanPush = Flag(map, "push", true, name),
            Remote = map["remote"]?.AsText,
            Files = (map["files"] as YamlList)?.Items.Select(file => ReadFile(file, name)).ToList(),
        };
    }

    /// <summary>An output as DVC 3 writes it.</summary>
    public static DvcOut Create(DvcDigest digest, long sizeBytes, long? fileCount, bool isExecutable, string path)
    {
        var entries = new List<KeyValuePair<string, YamlValue>>
        {
            new("md5", YamlValue.Text(digest.ToString())),
            new("size", YamlValue.Number(sizeBytes)),
        };
        if (fileCount is { } count)
            entries.Add(new("nfiles", YamlValue.Number(count)));
        if (isExecutable)
            entries.Add(new("isexec", YamlValue.Flag(true)));
        entries.Add(new("hash", YamlValue.Text(DvcDigest.Md5)));
        entries.Add(new("path", YamlValue.Text(path)));
        return Read(new YamlMap(entries), path);
    }

    // The marker 'hash: md5' came with DVC 3; without it the rule is the older one.
    static string Algorithm(YamlMap map, string name) => map["hash"]?.AsText switch
    {
        null => DvcDigest.Md5Dos2Unix,
        "md5" => DvcDigest.Md5,
        var other => throw YamlReader.Invalid(name, 0, $"the hash '{other}' is not known; DVC 3 writes 'md5'"),
    };

    static DvcDigest? ReadDigest(YamlMap map, string name, string path)
    {
        if (map["md5"] is not { } text || text is YamlText { IsNull: true })
            return null;
        return DvcDigest.TryParse(text.AsText, Algorithm(map, name), out var digest)
            ? digest
            : throw YamlReader.Invalid(name, 0, $"'{path}' has an 'md5' that is not 32 digits of 0-9 and a-f");
    }

    static DvcOutFile ReadFile(YamlValue value, string name)
    {
        var map = value.AsMap ?? throw YamlReader.Invalid(name, 0, "an entry of 'files' is not a mapping");
        var path = map["relpath"]?.AsText ?? throw YamlReader.Invalid(name, 0, "an entry of 'files' has no 'relpath'");
        DvcPath.CheckRelative(path, name);
        return new DvcOutFile(
            path, ReadDigest(map, name, path) is { } digest ? digest with { Algorithm = DvcDigest.Md5 } : null,
            Number(map, "size", name), Flag(map, "isexec", false, name));
    }

    static long? Number(YamlMap map, string key, string name)
    {
        if (map[key] is not { } value || value is YamlText { IsNull: true })
            return null;
        return long.TryParse(value.AsText, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw YamlReader.Invalid(name, 0, $"'{key}' is not a number");
    }

    static bool Flag(YamlMap map, string key, bool missing, string name) => map[key]?.AsText switch
    {
        null => missing,
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => throw YamlReader.Invalid(name, 0, $"'{key}' is neither true nor false"),
    };
}
