namespace Millrace.Versions.Dvc;

/// <summary>A YAML value with its order kept, so that a file can be written again with what we do not know in it.
/// </summary>
abstract record YamlValue
{
    /// <summary>Values in it, itself included, with every alias counted as often as it is used.</summary>
    public abstract int Weight { get; }

    public YamlMap? AsMap => this as YamlMap;

    public YamlList? AsList => this as YamlList;

    public string? AsText => (this as YamlText)?.Value;

    public static YamlText Number(long value) => new(value.ToString(), IsPlain: true);

    public static YamlText Flag(bool value) => new(value ? "true" : "false", IsPlain: true);

    public static YamlText Text(string value) => new(value, IsPlain: false);
}

/// <summary>A scalar.</summary>
/// <param name="Value">Its text.</param>
/// <param name="IsPlain">Whether it had no quotes, and so may be a number, a flag or null.</param>
sealed record YamlText(string Value, bool IsPlain) : YamlValue
{
    public override int Weight => 1;

    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}

sealed record YamlList(List<YamlValue> Items) : YamlValue
{
    public override int Weight { get; } = 1 + Items.Sum(item => item.Weight);
}

sealed record YamlMap(List<KeyValuePair<string, YamlValue>> Entries) : YamlValue
{
    public override int Weight { get; } = 1 + Entries.Sum(entry => 1 + entry.Value.Weight);

    public YamlValue? this[string key]
    {
        get
        {
            foreach (var (name, value) in Entries)
            {
                if (name == key)
                    return value;
            }

            return null;
        }
    }

    /// <summary>A copy in which a key has a value, at the place it had or at the end.</summary>
    public YamlMap With(string key, YamlValue value)
    {
        var entries = Entries.ToList();
        var index = entries.FindIndex(entry => entry.Key == key);
        if (index < 0)
            entries.Add(new(key, value));
        else
            entries[index] = new(key, value);
        return new YamlMap(entries);
    }
}
