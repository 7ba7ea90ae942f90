using System.Buffers;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Delta;

/// <summary>Paths as a log writes them: URIs, relative to the table or whole. Delta protocol, "Add File and Remove
/// File".</summary>
static partial class DeltaPath
{
    // What no URI escapes; most paths are of these alone.
    static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/");

    /// <summary>The path of a file, relative to the table where it lies in it; a URI of another scheme than
    /// <c>file</c> stays as it is.</summary>
    public static string Decode(string uri, string place)
    {
        if (!uri.Contains(':', StringComparison.Ordinal) || !Scheme().IsMatch(uri))
        {
            return Inside(uri.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(uri) : uri, place);
        }

        if (!uri.StartsWith("file:/", StringComparison.OrdinalIgnoreCase))
        {
            // Other engines write 's3a://' for the same.
            var same = uri.StartsWith("s3a://", StringComparison.Ordinal) ? "s3" + uri[3..] : uri;
            return same.StartsWith(place + "/", StringComparison.Ordinal)
                ? Uri.UnescapeDataString(same[(place.Length + 1)..]) : uri;
        }

        // 'file:/a', 'file:///a' and 'file://localhost/a' name the same file.
        var path = uri[5..];
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = path.IndexOf('/', 2);
            path = slash < 0 ? "/" : path[slash..];
        }

        return Inside(Uri.UnescapeDataString(path), place);
    }

    /// <summary>Whether it names a file by more than its place in the table.</summary>
    public static bool IsWhole(string path) => path.StartsWith('/') || Scheme().IsMatch(path);

    // By its parts: other readers find the add of a remove by comparing the paths as they are written.
    public static string Encode(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>The path to keep for other entries; null when <see cref="Encode"/> gives it again.</summary>
    public static string? Kept(string uri, string path) =>
        uri == path ? uri.AsSpan().IndexOfAnyExcept(Plain) < 0 ? null : uri
        : Encode(path) == uri ? null : uri;

    static string Inside(string path, string place) =>
        path.StartsWith(place + "/", StringComparison.Ordinal) ? path[(place.Length + 1)..] : path;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*:/")]
    private static partial Regex Scheme();
}
