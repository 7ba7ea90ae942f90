using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>The texts in which rows keep lists. See docs/formats/buckets.md.</summary>
static class RowText
{
    /// <summary><c>HASH:SIZE:NUMBER:CHECKSUM</c>, parted by commas.</summary>
    public static string WriteParts(IReadOnlyList<BodyPart> parts)
    {
        var text = new StringBuilder(parts.Count * 80);
        foreach (var part in parts)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{part.Hash}:{part.SizeBytes}:{part.Number}:{part.Checksum}");
        }

        return text.ToString();
    }

    public static IReadOnlyList<BodyPart> ReadParts(string text)
    {
        if (text.Length == 0)
            return [];
        var parts = new List<BodyPart>();
        Span<Range> fields = stackalloc Range[5];
        foreach (var range in text.AsSpan().Split(','))
        {
            var part = text.AsSpan(range);
            if (part.Split(fields, ':') != 4
                || !ContentHash.TryParse(part[fields[0]], out var hash)
                || !long.TryParse(part[fields[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                || !int.TryParse(part[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "bucket-row-damaged", $"'{part}' does not name a part of an object.",
                    "Put back a copy of the catalog.");
            }

            parts.Add(new BodyPart(hash, size, number, part[fields[3]].ToString()));
        }

        return parts;
    }

    /// <summary><c>ALGORITHM:KIND:VALUE</c>, or nothing; the kind is <c>full</c> or <c>composite</c>.</summary>
    public static string WriteChecksum(ObjectChecksum? checksum) => checksum is null
        ? ""
        : $"{checksum.Algorithm}:{(checksum.IsComposite ? "composite" : "full")}:{checksum.Value}";

    public static ObjectChecksum? ReadChecksum(string text) => text.Split(':') is [var algorithm, var kind, var value]
        ? new ObjectChecksum(algorithm, value, kind == "composite")
        : null;

    public static string WriteHeaders(IReadOnlyDictionary<string, string> headers)
    {
        if (headers.Count == 0)
            return "";
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in headers)
                json.WriteString(name, value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    public static IReadOnlyDictionary<string, string> ReadHeaders(string text)
    {
        if (text.Length == 0)
            return ObjectVersion.EmptyHeaders;
        using var json = JsonDocument.Parse(text);
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in json.RootElement.EnumerateObject())
            headers[property.Name] = property.Value.GetString() ?? "";
        return headers;
    }
}
