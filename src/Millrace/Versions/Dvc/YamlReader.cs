using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Millrace.Versions.Dvc;

/// <summary>Reads one YAML document from a source that is not trusted.</summary>
/// <remarks>Limits: the text's length, the depth, and the number of values with each alias counted as often as it is
/// used, so that a few lines cannot stand for millions of values.</remarks>
sealed class YamlReader
{
    public const int TextLengthMax = 64 << 20;
    public const int DepthMax = 64;
    public const int ValuesMax = 4_000_000;

    readonly IParser _parser;
    readonly string _name;
    readonly Dictionary<string, YamlValue> _anchors = new(StringComparer.Ordinal);
    int _values;

    YamlReader(IParser parser, string name)
    {
        _parser = parser;
        _name = name;
    }

    /// <returns>The document's map; an empty one for an empty text.</returns>
    /// <exception cref="MillraceException"><c>dvc-file-invalid</c>.</exception>
    public static YamlMap ReadMap(string text, string name)
    {
        if (text.Length > TextLengthMax)
            throw Invalid(name, 0, $"it has {text.Length} characters, and at most {TextLengthMax} are read");
        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            return new YamlReader(parser, name).ReadDocument();
        }
        catch (YamlException exception)
        {
            throw Invalid(name, exception.Start.Line, $"it is not YAML: {exception.Message}", exception);
        }
    }

    internal static MillraceException Invalid(string name, long line, string fact, Exception? inner = null) => new(
        ErrorKind.Invalid, "dvc-file-invalid",
        line > 0 ? $"'{name}', line {line}: {fact}." : $"'{name}' cannot be read: {fact}.",
        "Compare it with what DVC wrote, for example with 'git diff', and correct it.", inner);

    YamlMap ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            return new YamlMap([]);
        _parser.Consume<DocumentStart>();
        var line = _parser.Current!.Start.Line;
        var value = Read(0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
            throw Invalid(_name, _parser.Current!.Start.Line, "a second document begins, and only one was expected");
        return value switch
        {
            YamlMap map => map,
            YamlText { IsNull: true } => new YamlMap([]),
            _ => throw Invalid(_name, line, "a mapping of names to values was expected"),
        };
    }

    YamlValue Read(int depth)
    {
        var line = _parser.Current!.Start.Line;
        if (depth > DepthMax)
            throw Invalid(_name, line, $"values lie deeper than {DepthMax} levels");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            var target = _anchors.GetValueOrDefault(alias.Value.Value)
                ?? throw Invalid(_name, line, $"the alias '{alias.Value.Value}' stands for nothing before it");
            Count(target.Weight, line);
            return target;
        }

        var anchor = (_parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
        Count(1, line);
        YamlValue value;
        if (_parser.TryConsume<Scalar>(out var scalar))
            value = new YamlText(scalar.Value, scalar.Style == ScalarStyle.Plain);
        else if (_parser.TryConsume<SequenceStart>(out _))
            value = ReadList(depth);
        else if (_parser.TryConsume<MappingStart>(out _))
            value = ReadMap(depth);
        else
            throw Invalid(_name, line, "a value was expected");
        if (!anchor.IsEmpty)
            _anchors[anchor.Value] = value;
        return value;
    }

    YamlList ReadList(int depth)
    {
        var items = new List<YamlValue>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Read(depth + 1));
        return new YamlList(items);
    }

    YamlMap ReadMap(int depth)
    {
        var entries = new List<KeyValuePair<string, YamlValue>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        YamlMap? merged = null;
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var line = _parser.Current!.Start.Line;
            if (Read(depth + 1) is not YamlText key)
                throw Invalid(_name, line, "a name was expected before the colon");
            var value = Read(depth + 1);
            if (key is { IsPlain: true, Value: "<<" } && value is YamlMap other)
                merged = other;
            else if (names.Add(key.Value))
                entries.Add(new(key.Value, value));
            else
                throw Invalid(_name, line, $"the name '{key.Value}' stands there twice");
        }

        if (merged is not null)
            entries.AddRange(merged.Entries.Where(entry => names.Add(entry.Key)));
        return new YamlMap(entries);
    }

    void Count(int values, long line)
    {
        _values = (int)Math.Min((long)_values + values, int.MaxValue);
        if (_values > ValuesMax)
            throw Invalid(_name, line, $"it stands for more than {ValuesMax} values");
    }
}
