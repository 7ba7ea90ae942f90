using System.Diagnostics.CodeAnalysis;

namespace Millrace.Objects;

/// <summary>How a table's cell names an object: <c>object:</c> and the 64 digits of its hash. Tables hold these,
/// never the bytes.</summary>
public static class ObjectUrl
{
    /// <summary>What every object URL starts with.</summary>
    public const string Scheme = "object:";

    public static string Format(ContentHash hash) => $"{Scheme}{hash}";

    /// <returns>False for null, another scheme, or anything but 64 lower-case hexadecimal digits behind it.</returns>
    public static bool TryParse([NotNullWhen(true)] string? url, out ContentHash hash)
    {
        hash = default;
        return url is not null
            && url.StartsWith(Scheme, StringComparison.Ordinal)
            && ContentHash.TryParse(url.AsSpan(Scheme.Length), out hash);
    }
}
