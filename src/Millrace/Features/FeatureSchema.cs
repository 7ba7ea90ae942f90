using System.Collections.Frozen;
using System.Text.Json;

namespace Millrace.Features;

/// <summary>The columns of one feature view: which name an entity, and which describe it. Immutable.</summary>
public sealed class FeatureSchema
{
    readonly FrozenDictionary<string, int> _featureIndexes;

    /// <param name="keys">At least one; each int64, text, boolean or timestamp. Their order is part of the key.</param>
    /// <param name="features">At least one, of any type.</param>
    /// <exception cref="MillraceException"><c>feature-schema-invalid</c>: columns are missing, share a name, have none,
    /// or a key column is of a type in which two equal keys can differ.</exception>
    public FeatureSchema(IEnumerable<FeatureColumn> keys, IEnumerable<FeatureColumn> features)
    {
        Keys = [.. keys];
        Features = [.. features];
        if (FaultOf(Keys, Features) is { } fault)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "feature-schema-invalid", fault, "Change the columns of the feature view.");
        }

        _featureIndexes = Features.Select((column, index) => (column.Name, index))
            .ToFrozenDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
    }

    /// <summary>The columns that name an entity, in key order.</summary>
    public IReadOnlyList<FeatureColumn> Keys { get; }

    /// <summary>The columns that describe an entity. A value is read by its index in this list.</summary>
    public IReadOnlyList<FeatureColumn> Features { get; }

    /// <summary>The index of a feature column in <see cref="Features"/>.</summary>
    /// <exception cref="MillraceException"><c>feature-unknown</c>: no feature column has this name.</exception>
    public int FeatureIndex(string name)
    {
        if (_featureIndexes.TryGetValue(name, out var index))
            return index;
        throw new MillraceException(
            ErrorKind.NotFound,
            "feature-unknown",
            $"There is no feature '{name}' among the {Features.Count} of this feature view.",
            $"It has {string.Join(", ", Features.Take(20).Select(column => $"'{column.Name}'"))}.");
    }

    /// <summary>The schema as UTF-8 JSON; equal schemas give equal bytes.</summary>
    internal byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteColumns(json, "keys", Keys);
            WriteColumns(json, "features", Features);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; <c>null</c> when the bytes are anything else.</summary>
    internal static FeatureSchema? FromJson(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var keys = ReadColumns(document.RootElement, "keys");
            var features = ReadColumns(document.RootElement, "features");
            return keys is null || features is null || FaultOf(keys, features) is not null
                ? null
                : new FeatureSchema(keys, features);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: well-formed JSON with another shape, or text that is not valid UTF-8.
            return null;
        }
    }

    static string? FaultOf(IReadOnlyList<FeatureColumn> keys, IReadOnlyList<FeatureColumn> features)
    {
        if (keys.Count == 0)
            return "A feature view needs at least one key column; none is given.";
        if (features.Count == 0)
            return "A feature view needs at least one feature column; none is given.";

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in keys.Concat(features))
        {
            if (column.Name.Length == 0)
                return "A column has an empty name.";
            if (!EntityKey.IsUnicode(column.Name))
                return $"The name '{column.Name}' holds half a surrogate pair, which UTF-8 cannot keep.";
            if (!names.Add(column.Name))
                return $"Two columns are named '{column.Name}'.";
            if (!Enum.IsDefined(column.Type))
                return $"Column '{column.Name}' has the type number {(int)column.Type}, which is none.";
        }

        // Two NaNs, or 0.0 and −0.0, are one key to some readers and two to others; a float key has no one meaning.
        var unfit = keys.FirstOrDefault(
            column => column.Type is FeatureType.Double or FeatureType.Float or FeatureType.FloatArray);
        return unfit is null
            ? null
            : $"Key column '{unfit.Name}' is {FeatureTypeNames.Name(unfit.Type)}; " +
              "a key is int64, text, boolean or timestamp.";
    }

    static void WriteColumns(Utf8JsonWriter json, string property, IReadOnlyList<FeatureColumn> columns)
    {
        json.WriteStartArray(property);
        foreach (var column in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("type", FeatureTypeNames.Name(column.Type));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static List<FeatureColumn>? ReadColumns(JsonElement root, string property)
    {
        if (!root.TryGetProperty(property, out var array))
            return null;

        var columns = new List<FeatureColumn>();
        foreach (var element in array.EnumerateArray())
        {
            if (!element.TryGetProperty("name", out var name) || !element.TryGetProperty("type", out var type))
                return null;
            if (name.GetString() is not { } columnName ||
                FeatureTypeNames.Parse(type.GetString()) is not { } columnType)
            {
                return null;
            }

            columns.Add(new FeatureColumn(columnName, columnType));
        }

        return columns;
    }
}
