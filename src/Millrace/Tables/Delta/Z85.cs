using System.Buffers.Binary;

namespace Millrace.Tables.Delta;

/// <summary>Bytes as text, four in five characters: https://rfc.zeromq.org/spec/32/.</summary>
/// <remarks>The format knows no other counts of bytes. Some writers fill the last group with zeros, and others begin it
/// with a <c>#</c> for each byte that it lacks, which no group of four bytes begins with.</remarks>
static class Z85
{
    const string Digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    const int TextUnit = 5;
    const int ByteUnit = 4;
    const int BitsPerByte = 8;
    const char Filler = '#';

    /// <exception cref="InvalidDataException">The text is no Z85.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        if (text.Length % TextUnit != 0)
        {
            throw new InvalidDataException($"{text.Length} characters are no whole number of groups of {TextUnit}");
        }

        var groups = text.Length / TextUnit;
        var lacking = groups == 0 ? 0 : text[^TextUnit..].IndexOfAnyExcept(Filler) is >= 0 and < ByteUnit and var count
            ? count : 0;
        var bytes = new byte[groups * ByteUnit];
        for (var group = 0; group < groups; group++)
        {
            var value = 0UL;
            var skipped = group == groups - 1 ? lacking : 0;
            foreach (var c in text.Slice((group * TextUnit) + skipped, TextUnit - skipped))
            {
                var digit = Digits.IndexOf(c, StringComparison.Ordinal);
                value = digit >= 0 ? (value * (ulong)Digits.Length) + (ulong)digit
                    : throw new InvalidDataException($"'{c}' is no character of Z85");
            }

            if (value > uint.MaxValue)
            {
                throw new InvalidDataException($"group {group} stands for more than {ByteUnit} bytes");
            }

            BinaryPrimitives.WriteUInt32BigEndian(
                bytes.AsSpan(group * ByteUnit), (uint)value << (skipped * BitsPerByte));
        }

        return bytes[..^lacking];
    }

    /// <summary>The text of bytes; their count must be a multiple of four.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % ByteUnit != 0)
        {
            throw new ArgumentException($"{bytes.Length} bytes are no whole number of groups of {ByteUnit}.");
        }

        var text = new char[bytes.Length / ByteUnit * TextUnit];
        for (var group = 0; group < bytes.Length / ByteUnit; group++)
        {
            var value = BinaryPrimitives.ReadUInt32BigEndian(bytes[(group * ByteUnit)..]);
            for (var place = TextUnit - 1; place >= 0; place--, value /= (uint)Digits.Length)
            {
                text[(group * TextUnit) + place] = Digits[(int)(value % (uint)Digits.Length)];
            }
        }

        return new string(text);
    }
}
