using System.Xml.Linq;

namespace Millrace.App.Buckets.Operations;

/// <summary>Labels of an object or a bucket, kept as a query string and shown in the order of their names.</summary>
static class TagSet
{
    const int ObjectMax = 10;
    const int BucketMax = 50;
    const int NameMax = 128;
    const int ValueMax = 256;

    /// <summary>From the header of a put.</summary>
    public static string FromHeader(string text)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tags = new List<string>();
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            Add(names, tags, Decode(at < 0 ? pair : pair[..at]), at < 0 ? "" : Decode(pair[(at + 1)..]));
        }

        return Join(tags, ObjectMax);
    }

    public static string FromXml(XElement tagging, bool isBucket)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tags = new List<string>();
        foreach (var tag in (tagging.Child("TagSet") ?? throw S3Element.Malformed()).Children("Tag"))
            Add(names, tags, tag.Text("Key") ?? throw S3Element.Malformed(), tag.Text("Value") ?? "");
        return Join(tags, isBucket ? BucketMax : ObjectMax);
    }

    /// <summary>By name.</summary>
    public static SortedDictionary<string, string> Parse(string text)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            tags[Decode(at < 0 ? pair : pair[..at])] = at < 0 ? "" : Decode(pair[(at + 1)..]);
        }

        return tags;
    }

    public static XElement ToXml(string text) => S3Element.New(
        "Tagging", S3Element.New("TagSet", Parse(text).Select(tag => S3Element.New(
            "Tag", S3Element.New("Key", tag.Key), S3Element.New("Value", tag.Value)))));

    static void Add(HashSet<string> names, List<string> tags, string name, string value)
    {
        if (name.Length is 0 or > NameMax || value.Length > ValueMax || !names.Add(name))
            throw new S3Exception(400, "InvalidTag", "A tag is too long, empty or there twice.");
        tags.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
    }

    static string Join(List<string> tags, int max) => tags.Count <= max
        ? string.Join('&', tags)
        : throw new S3Exception(400, "InvalidTag", $"There may be {max} tags.");

    static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
