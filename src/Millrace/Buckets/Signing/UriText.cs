using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>Percent-encoding as SigV4 wants it: every byte but the unreserved characters of RFC 3986 section 2.3 as
/// <c>%</c> and two upper-case digits; nothing is normalized and nothing is encoded twice.</summary>
public static class UriText
{
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes the UTF-8 bytes of a text.</summary>
    public static string Encode(string text, bool keepSlash = false) => Encode(Strict.GetBytes(text), keepSlash);

    public static string Encode(ReadOnlySpan<byte> bytes, bool keepSlash = false)
    {
        var text = new StringBuilder(bytes.Length + 16);
        foreach (var value in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                || (keepSlash && value == (byte)'/'))
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('%').Append(HexDigit(value >> 4)).Append(HexDigit(value & 0xF));
            }
        }

        return text.ToString();
    }

    /// <summary>Decodes once. Characters that stand unencoded count as the bytes of their UTF-8.</summary>
    /// <param name="text">A path, or a name or value of a query.</param>
    /// <param name="plusIsSpace">Whether <c>+</c> is a space, as in a query.</param>
    /// <exception cref="MillraceException"><c>uri-malformed</c>.</exception>
    public static string Decode(ReadOnlySpan<char> text, bool plusIsSpace = false)
    {
        if (text.IndexOfAny('%', '+') < 0)
        {
            return text.ToString();
        }

        var bytes = new byte[Strict.GetMaxByteCount(text.Length)];
        var size = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    throw Malformed();
                }

                bytes[size++] = (byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]));
                i += 2;
            }
            else if (text[i] == '+' && plusIsSpace)
            {
                bytes[size++] = (byte)' ';
            }
            else if (char.IsAscii(text[i]))
            {
                bytes[size++] = (byte)text[i];
            }
            else
            {
                var length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                size += Encoding.UTF8.GetBytes(text.Slice(i, length), bytes.AsSpan(size));
                i += length - 1;
            }
        }

        try
        {
            return Strict.GetString(bytes.AsSpan(0, size));
        }
        catch (DecoderFallbackException)
        {
            throw Malformed();
        }
    }

    static char HexDigit(int value) => (char)(value < 10 ? '0' + value : 'A' + value - 10);

    static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    static MillraceException Malformed() => new(
        ErrorKind.Invalid, "uri-malformed", "The request's target is not percent-encoded UTF-8.",
        "Encode each byte that is not unreserved as '%' and two hexadecimal digits.");
}
