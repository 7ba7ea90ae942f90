using Millrace.Objects;

namespace Millrace.Tables.Queries;

/// <summary>Functions that look into the object store.</summary>
static class ObjectFunctions
{
    /// <summary>A larger object is read by part with other means than a cell.</summary>
    const long MaxObjectBytes = 256L << 20;

    const int MaxShown = 100;

    public static IReadOnlyList<SqlFunction> Of(ObjectStore objects) =>
    [
        new SqlFunction(
            "object_size", "object_size(url) → BIGINT",
            "The bytes in number of the object that a cell names, without reading it.",
            session => ScalarFunction.RegisterNumber(
                session, "object_size", url => objects.Size(Parse(url)))),
        new SqlFunction(
            "object_bytes", "object_bytes(url) → BLOB",
            "The object that a cell names, as its bytes, compared with its hash. One of more than 256 MiB is refused, "
            + "and so are more than 1 GiB in 2,048 rows.",
            session => ScalarFunction.RegisterBytes(
                session, "object_bytes", (url, most) => Read(objects, url, most))),
    ];

    /// <summary>The object that a URL names.</summary>
    /// <exception cref="MillraceException"><c>object-url</c>.</exception>
    public static ContentHash Parse(string url) => ObjectUrl.TryParse(url, out var hash) ? hash
        : throw new MillraceException(
            ErrorKind.Invalid, "object-url",
            $"'{(url.Length > MaxShown ? url[..MaxShown] + "…" : url)}' is not the URL of an object.",
            "An object's URL is 'object:' and 64 hex digits.");

    static byte[] Read(ObjectStore objects, string url, long most)
    {
        var hash = Parse(url);
        var size = objects.Size(hash);
        if (size > MaxObjectBytes)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "object-large",
                $"{url} has {size:N0} bytes; up to {MaxObjectBytes:N0} fit into a cell.",
                "Leave it out with 'where object_size(url) < …'.");
        }

        return size <= most ? objects.Read(hash) : throw new MillraceException(
            ErrorKind.Invalid, "object-large",
            $"The objects of 2,048 rows have more bytes together than a query may hold; {url} has {size:N0}.",
            "Select fewer of them at once, with 'where' or 'limit'.");
    }
}
