using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Millrace.Objects;

namespace Millrace.Versions.Lfs;

/// <summary>The small file that git keeps in place of a large one. There is one way to write each.</summary>
/// <param name="Oid">The content's SHA-256, which is its hash here too.</param>
/// <param name="SizeBytes">Bytes of the content.</param>
/// <param name="Others">Other keys and their values, sorted: extensions, and what later versions may add.</param>
public sealed record LfsPointer(
    ContentHash Oid, long SizeBytes, IReadOnlyList<KeyValuePair<string, string>> Others)
{
    /// <summary>A pointer is shorter than this; what is not is content.</summary>
    public const int SizeBytesMax = 1024;

    const string Version = "https://git-lfs.github.com/spec/v1";
    const string HawserVersion = "https://hawser.github.com/spec/v1";
    const string OidPrefix = "sha256:";

    public static LfsPointer Create(ContentHash oid, long sizeBytes) => new(oid, sizeBytes, []);

    /// <summary>Where the content lies below <c>.git/lfs/objects</c>.</summary>
    public string Key => $"{Oid.ToString()[..2]}/{Oid.ToString()[2..4]}/{Oid}";

    /// <summary>Reads a pointer.</summary>
    /// <param name="bytes">A whole file. An empty one stands for empty content, and is no pointer.</param>
    /// <param name="pointer">What it says.</param>
    /// <param name="isCanonical">Whether it is written in the one way; what is not is read all the same if it can only
    /// mean this.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LfsPointer? pointer, out bool isCanonical)
    {
        pointer = null;
        isCanonical = false;
        if (bytes.Length is 0 or >= SizeBytesMax || !System.Text.Unicode.Utf8.IsValid(bytes))
            return false;
        var lines = Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n');
        if (lines[0].TrimEnd('\r') is not ($"version {Version}" or $"version {HawserVersion}"))
            return false;
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines.Skip(1).Select(line => line.TrimEnd('\r')))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || !IsKey(line[..space]) || !keys.TryAdd(line[..space], line[(space + 1)..]))
                return false;
        }

        if (!keys.Remove("oid", out var oid) || !keys.Remove("size", out var size)
            || !oid.StartsWith(OidPrefix, StringComparison.Ordinal)
            || !ContentHash.TryParse(oid[OidPrefix.Length..], out var hash)
            || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        pointer = new LfsPointer(hash, length, [.. keys.OrderBy(key => key.Key, StringComparer.Ordinal)]);
        isCanonical = bytes.SequenceEqual(pointer.ToBytes());
        return true;
    }

    /// <summary>The one way to write it.</summary>
    public byte[] ToBytes()
    {
        var keys = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["oid"] = $"{OidPrefix}{Oid}",
            ["size"] = SizeBytes.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (key, value) in Others)
            keys.Add(key, value);
        var text = new StringBuilder($"version {Version}\n");
        foreach (var (key, value) in keys)
            text.Append(key).Append(' ').Append(value).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    static bool IsKey(string key) => key.All(
        value => char.IsAsciiLetterLower(value) || char.IsAsciiDigit(value) || value is '.' or '-');
}
