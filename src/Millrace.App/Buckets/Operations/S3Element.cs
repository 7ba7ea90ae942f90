using System.Globalization;
using System.Xml.Linq;

namespace Millrace.App.Buckets.Operations;

/// <summary>Elements in the namespace of S3, and reading them whatever namespace a client gave them.</summary>
static class S3Element
{
    static readonly XNamespace Space = "http://s3.amazonaws.com/doc/2006-03-01/";
    static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";

    public static XElement New(string name, params object?[] content) => new(Space + name, content);

    public static XElement Grantee(string kind, params object?[] content) => New(
        "Grantee", new XAttribute(XNamespace.Xmlns + "xsi", Instance.NamespaceName),
        new XAttribute(Instance + "type", kind), content);

    public static string? GranteeKind(XElement grantee) => (string?)grantee.Attribute(Instance + "type");

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Quoted(string etag) => $"\"{etag}\"";

    public static XElement? Child(this XElement element, string name) =>
        element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement element, string name) =>
        element.Elements().Where(child => child.Name.LocalName == name);

    public static string? Text(this XElement element, string name) => element.Child(name)?.Value;

    public static S3Exception Malformed(string message =
        "The XML you provided was not well-formed or did not validate against our published schema") =>
        new(400, "MalformedXML", message);
}
