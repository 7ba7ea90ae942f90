using System.Net;
using System.Text;

namespace Millrace.Buckets;

/// <summary>What names, keys and sizes may be.</summary>
public static class BucketRules
{
    public const int KeyBytesMax = 1024;

    /// <summary>Entries of one page of a listing.</summary>
    public const int PageMax = 1000;

    public const int PartNumberMax = 10_000;

    /// <summary>Each part but the last is at least so large.</summary>
    public const long PartSizeMin = 5L << 20;

    public const long PartSizeMax = 5L << 30;

    /// <summary>3 to 63 lower-case letters, digits, dots and hyphens; each label begins and ends with a letter or
    /// digit; not an IP address.</summary>
    public static bool IsBucketName(string name)
    {
        if (name.Length is < 3 or > 63 || IPAddress.TryParse(name, out _) && name.Count(c => c == '.') == 3)
            return false;
        foreach (var label in name.Split('.'))
        {
            if (label.Length == 0 || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var c in label)
            {
                if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                    return false;
            }
        }

        return true;
    }

    /// <summary>Which rule a name breaks that can't name a bucket.</summary>
    public static string WhyNot(string name)
    {
        if (name.Length is < 3 or > 63)
            return $"it has {name.Length} characters, and 3 to 63 are allowed";
        if (name.Any(char.IsAsciiLetterUpper))
            return "it has upper-case letters";
        if (name.FirstOrDefault(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '.'))
            is var other and not '\0')
        {
            return $"it has '{other}', and only lower-case letters, digits, dots and hyphens are allowed";
        }

        return IPAddress.TryParse(name, out _)
            ? "it is an IP address" : "each part between dots begins and ends with a letter or digit";
    }

    /// <summary>Whether a key can be kept: 1 to 1,024 bytes of UTF-8 without a NUL, which no database text
    /// holds.</summary>
    public static bool IsKey(string key) =>
        key.Length > 0 && !key.Contains('\0') && Encoding.UTF8.GetByteCount(key) <= KeyBytesMax
        && !key.Contains('\uFFFD') && HasWholeCharacters(key);

    static bool HasWholeCharacters(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i]))
                return false;
        }

        return true;
    }
}
