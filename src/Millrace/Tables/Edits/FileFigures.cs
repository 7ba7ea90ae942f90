using System.Globalization;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;
using Millrace.Catalog;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>The statistics of one data file: rows, and for each column and field the least and the greatest value and
/// how many are null. Delta protocol, "Per-file Statistics".</summary>
/// <remarks>A bound that JSON can't say exactly is left out: no statistics is always right.</remarks>
sealed partial class FileFigures
{
    const int MaxText = 32;
    const int MaxColumns = 2_000;
    const string CountProperty = "delta.dataSkippingNumIndexedCols";

    readonly List<Leaf> _leaves = [];
    readonly PhysicalColumns _physical;
    readonly bool _saysTight;

    public FileFigures(TableSnapshot table, PhysicalColumns physical)
    {
        _physical = physical;
        _saysTight = table.Protocol.Writes("deletionVectors");
        var most = table.Metadata.Configuration.TryGetValue(CountProperty, out var text)
            && int.TryParse(text, CultureInfo.InvariantCulture, out var count) && count >= 0
                ? Math.Min(count, MaxColumns) : MaxColumns;
        foreach (var column in physical.Columns.Take(most))
        {
            Collect(column, SqlName.Quote(column.Name), null);
        }
    }

    /// <summary>The statistics as JSON, and whether a text in the rows may name an object.</summary>
    public (string Json, bool MayNameObjects) Read(SqlSession session, string rows, long rowCount)
    {
        if (_leaves.Count == 0)
        {
            return (Write(rowCount), false);
        }

        var parts = _leaves.Select(leaf => leaf.HasBounds
            ? $"{Bound(leaf, "min")}, {Bound(leaf, "max")}, count(*) - count({leaf.Value})"
            : $"null, null, count(*) - count({leaf.Value})");
        session.Query($"select {string.Join(", ", parts)} from {rows}", [], reader =>
        {
            reader.Read();
            for (var i = 0; i < _leaves.Count; i++)
            {
                _leaves[i].Min = Value(reader, i * 3);
                _leaves[i].Max = Value(reader, (i * 3) + 1);
                _leaves[i].NullCount = reader.GetInt64((i * 3) + 2);
            }

            return 0;
        });
        return (Write(rowCount), MayNameObjects());

        static object? Value(DuckDBDataReader reader, int index) =>
            reader.IsDBNull(index) ? null : reader.GetValue(index);
    }

    bool MayNameObjects() => _leaves.Any(leaf => leaf.Type is PrimitiveType { Name: "string" }
        && leaf.Min is string min && leaf.Max is string max && string.CompareOrdinal(min, "object:g") < 0
        && string.CompareOrdinal(max, "object:") >= 0);

    void Collect(TableColumn column, string value, Leaf? owner)
    {
        var leaf = new Leaf(_physical.Name(column), column.DataType, value, owner);
        if (column.DataType is StructType nested)
        {
            foreach (var field in nested.Fields)
            {
                Collect(field, $"({value}).{SqlName.Quote(field.Name)}", leaf);
            }
        }
        else
        {
            _leaves.Add(leaf);
        }
    }

    // .NET's dates and decimals hold less than SQL's, so these come as texts and microseconds.
    static string Bound(Leaf leaf, string function)
    {
        var bound = $"{function}({leaf.Value})";
        return leaf.Type switch
        {
            PrimitiveType { Name: "date" } or DecimalType => $"cast({bound} as varchar)",
            PrimitiveType { Name: "timestamp" or "timestamp_ntz" } =>
                $"case when isfinite({bound}) then epoch_us({bound}) end",
            _ => bound,
        };
    }

    string Write(long rowCount)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("numRecords", rowCount);
            if (_saysTight)
            {
                json.WriteBoolean("tightBounds", true);
            }

            Object(json, "minValues", leaf => leaf.HasBounds, leaf => WriteBound(json, leaf, leaf.Min, isMax: false));
            Object(json, "maxValues", leaf => leaf.HasBounds, leaf => WriteBound(json, leaf, leaf.Max, isMax: true));
            Object(json, "nullCount", _ => true, leaf => json.WriteNumber(leaf.Name, leaf.NullCount));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes the leaves into objects that are nested as the structs are.</summary>
    void Object(Utf8JsonWriter json, string name, Func<Leaf, bool> isWanted, Action<Leaf> write)
    {
        json.WriteStartObject(name);
        var open = new List<Leaf>();
        foreach (var leaf in _leaves.Where(isWanted))
        {
            var owners = leaf.Owners();
            var same = owners.Zip(open).TakeWhile(pair => ReferenceEquals(pair.First, pair.Second)).Count();
            for (; open.Count > same; open.RemoveAt(open.Count - 1))
            {
                json.WriteEndObject();
            }

            foreach (var owner in owners.Skip(same))
            {
                json.WriteStartObject(owner.Name);
                open.Add(owner);
            }

            write(leaf);
        }

        open.ForEach(_ => json.WriteEndObject());
        json.WriteEndObject();
    }

    static void WriteBound(Utf8JsonWriter json, Leaf leaf, object? value, bool isMax)
    {
        var name = leaf.Name;
        var type = leaf.Type.ToString();
        switch (value)
        {
            case long microseconds when type.StartsWith("timestamp", StringComparison.Ordinal):
                WriteTime(json, name, microseconds, isMax, type == "timestamp" ? "Z" : "");
                break;
            case long or int or short or sbyte:
                json.WriteNumber(name, Convert.ToInt64(value));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case string text when type == "date":
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", out _))
                {
                    json.WriteString(name, text);
                }

                break;
            case string text when type != "string":
                json.WritePropertyName(name);
                // DuckDB writes a decimal that has no digits before the point without a zero there.
                json.WriteRawValue(text[0] == '.' ? "0" + text
                    : text.StartsWith("-.", StringComparison.Ordinal) ? "-0" + text[1..] : text);
                break;
            case string text when text.Length <= MaxText:
                json.WriteString(name, text);
                break;
            case string text when !isMax && !char.IsHighSurrogate(text[MaxText - 1]):
                json.WriteString(name, text[..MaxText]);
                break;
        }
    }

    // Milliseconds are what readers expect: round down the least and up the greatest.
    static void WriteTime(Utf8JsonWriter json, string name, long microseconds, bool isMax, string zone)
    {
        const long MicrosecondsPerMillisecond = 1000;
        var rounded = isMax ? microseconds + MicrosecondsPerMillisecond - 1 : microseconds;
        if (rounded >= CatalogTime.ToMicroseconds(DateTimeOffset.MinValue)
            && rounded <= CatalogTime.ToMicroseconds(DateTimeOffset.MaxValue))
        {
            json.WriteString(name, CatalogTime.FromMicroseconds(rounded).UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture) + zone);
        }
    }

    /// <summary>A column or field that has no fields of its own; or a struct, as the owner of such.</summary>
    sealed class Leaf(string name, DeltaType type, string value, Leaf? owner)
    {
        public string Name => name;

        public DeltaType Type => type;

        public string Value => value;

        public bool HasBounds =>
            type is DecimalType or PrimitiveType and not PrimitiveType { Name: "binary" or "boolean" };

        public object? Min { get; set; }

        public object? Max { get; set; }

        public long NullCount { get; set; }

        public List<Leaf> Owners()
        {
            var owners = new List<Leaf>();
            for (var next = owner; next is not null; next = next.Owner)
            {
                owners.Insert(0, next);
            }

            return owners;
        }

        Leaf? Owner => owner;
    }
}
