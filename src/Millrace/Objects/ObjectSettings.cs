using System.Globalization;

namespace Millrace.Objects;

/// <summary>What <c>objects:</c> in millrace.yaml says: where the store is and whether it is encrypted.</summary>
public sealed record ObjectSettings
{
    /// <summary>What the local part of a store elsewhere may take, when nothing is said.</summary>
    public const long CacheSizeDefault = 20_000_000_000;

    /// <summary>Where the store is; null is <c>.millrace/objects</c>.</summary>
    public RemoteSettings? Place { get; init; }

    /// <summary>Bytes that the local part of a store elsewhere may take.</summary>
    public long CacheSizeBytes { get; init; } = CacheSizeDefault;

    /// <summary>The file with the key that the store is encrypted with; null when there is none.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The environment variable with the key; null when there is none.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>The key that the store is encrypted with; null when it is not.</summary>
    /// <param name="folder">What a relative path begins at.</param>
    /// <exception cref="MillraceException"><c>encryption-key-invalid</c>.</exception>
    public StoreKey? ReadKey(string folder) =>
        KeyFile is not null ? StoreKey.FromFile(Path.Combine(folder, KeyFile))
        : KeyVariable is not null ? StoreKey.FromVariable(KeyVariable)
        : null;

    /// <summary>Bytes from a number with or without kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB.</summary>
    internal static bool TryParseSize(string text, out long bytes)
    {
        (string Suffix, long Factor)[] units =
        [
            ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
            ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ];
        var factor = 1L;
        var digits = text.Trim();
        foreach (var (suffix, of) in units)
        {
            if (!digits.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            (digits, factor) = (digits[..^suffix.Length].TrimEnd(), of);
            break;
        }

        var isNumber = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        bytes = 0;
        if (!isNumber || count > long.MaxValue / factor)
            return false;
        bytes = count * factor;
        return true;
    }
}
