namespace Millrace.Buckets;

/// <summary>Bounds of keys in the order of their UTF-8 bytes, which is that of their code points.</summary>
static class KeyRange
{
    /// <summary>The least text that is greater than every text with this beginning; null when there is none.</summary>
    public static string? End(string prefix)
    {
        var length = prefix.Length;
        while (length > 0)
        {
            var isPair = length > 1 && char.IsSurrogatePair(prefix[length - 2], prefix[length - 1]);
            var begin = isPair ? length - 2 : length - 1;
            var last = isPair ? char.ConvertToUtf32(prefix[begin], prefix[begin + 1]) : prefix[begin];
            if (last < 0x10FFFF)
            {
                // Between these two lie the surrogates, which are no characters.
                var next = last == 0xD7FF ? 0xE000 : last + 1;
                return string.Concat(prefix.AsSpan(0, begin), char.ConvertFromUtf32(next));
            }

            length = begin;
        }

        return null;
    }

    /// <summary>The common prefix that a key is listed under; null when it is listed itself.</summary>
    public static string? CommonPrefix(string key, string prefix, string delimiter)
    {
        if (delimiter.Length == 0 || !key.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        var at = key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : key[..(at + delimiter.Length)];
    }
}
