using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Millrace.Versions.Dvc;

/// <summary>The name that DVC gives to content: an MD5, by one of two rules, of a file or of a folder's manifest.
/// </summary>
/// <param name="Algorithm"><see cref="Md5"/>, or <see cref="Md5Dos2Unix"/> as DVC 2 had it.</param>
/// <param name="Hex">32 lower-case hexadecimal digits.</param>
/// <param name="IsFolder">Whether it names a manifest; its text then ends with <c>.dir</c>.</param>
public readonly record struct DvcDigest(string Algorithm, string Hex, bool IsFolder)
{
    public const string Md5 = "md5";

    /// <summary>MD5 after CRLF became LF in what looks like text.</summary>
    public const string Md5Dos2Unix = "md5-dos2unix";

    const string FolderEnding = ".dir";
    const int HexLength = 32;

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Where it lies in a cache or a remote: <c>files/md5/ab/cdef…</c>, or <c>ab/cdef…</c> as DVC 2 had it.
    /// </summary>
    public string Key => Algorithm == Md5 ? $"files/md5/{Hex[..2]}/{Hex[2..]}{Ending}" : LegacyKey;

    /// <summary>Where it may lie: at its key, or at that of the other layout after a migration.</summary>
    internal IReadOnlyList<string> Keys => Algorithm == Md5
        ? [Key, LegacyKey] : [Key, (this with { Algorithm = Md5 }).Key];

    string LegacyKey => $"{Hex[..2]}/{Hex[2..]}{Ending}";

    string Ending => IsFolder ? FolderEnding : "";

    /// <summary>Reads <c>12f4…</c> or <c>12f4….dir</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, string algorithm, out DvcDigest digest)
    {
        digest = default;
        if (text is null)
            return false;
        var isFolder = text.EndsWith(FolderEnding, StringComparison.Ordinal);
        var hex = isFolder ? text[..^FolderEnding.Length] : text;
        if (hex.Length != HexLength || hex.AsSpan().ContainsAnyExcept(Digits))
            return false;
        digest = new DvcDigest(algorithm, hex, isFolder);
        return true;
    }

    public override string ToString() => $"{Hex}{Ending}";
}
