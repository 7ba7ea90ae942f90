using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Millrace.Sources.Databases;

/// <summary>A numeric in its binary form: the count of its digits, the power of the first one, sign and scale, then
/// digits to the base of 10,000, all of 16 bits (PostgreSQL, numeric.c, "numeric_send").</summary>
static class PostgresNumber
{
    const int HeadSize = 8;
    const int Base = 10_000;
    const int BaseDigits = 4;
    const int SafeExponent = 33;
    const ushort Negative = 0x4000, NaN = 0xc000, PositiveInfinity = 0xd000, NegativeInfinity = 0xf000;

    static readonly Int128[] Powers = MakePowers();

    /// <summary>The number times ten to the power of a scale.</summary>
    /// <returns>False when it is no number, or has more digits on either side of the point than there is room
    /// for.</returns>
    public static bool TryDecimal(ReadOnlySpan<byte> bytes, int precision, int scale, out Int128 value)
    {
        value = 0;
        if (!TryHead(bytes, out var count, out var weight, out var sign) || sign is not (0 or Negative))
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        // A wider number is refused before it overflows: 38 digits are at most 11 of these and a broken one.
        var digitsBefore = (weight + 1) * BaseDigits;
        if (digitsBefore - (BaseDigits - 1) > precision - scale)
        {
            return false;
        }

        var limit = Power(precision);
        for (var i = 0; i < count; i++)
        {
            var digit = Digit(bytes, i);
            // The power of ten of the digit's last place, in units of the scale.
            var exponent = ((weight - i) * BaseDigits) + scale;
            if (digit == 0)
            {
                continue;
            }

            if (exponent >= 0)
            {
                // The first digits could go beyond 128 bits.
                if (exponent > SafeExponent && digit >= limit / Power(exponent))
                {
                    return false;
                }

                value += digit * Power(exponent);
            }
            else
            {
                var cut = exponent <= -BaseDigits ? 0 : (int)Power(-exponent);
                if (cut == 0 || digit % cut != 0)
                {
                    return false;
                }

                value += digit / cut;
            }
        }

        if (value >= limit)
        {
            return false;
        }

        value = sign == Negative ? -value : value;
        return true;
    }

    /// <summary>The number as PostgreSQL writes it.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        if (!TryHead(bytes, out var count, out var weight, out var sign))
        {
            return "";
        }

        switch (sign)
        {
            case NaN:
                return "NaN";
            case PositiveInfinity:
                return "Infinity";
            case NegativeInfinity:
                return "-Infinity";
        }

        var scale = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        var text = new StringBuilder(sign == Negative ? "-" : "");
        for (var power = Math.Max(weight, 0); power >= 0; power--)
        {
            var digit = At(bytes, count, weight - power);
            text.Append(digit.ToString(power == Math.Max(weight, 0) ? "0" : "0000", CultureInfo.InvariantCulture));
        }

        if (scale == 0)
        {
            return text.ToString();
        }

        var fraction = new StringBuilder();
        for (var power = -1; fraction.Length < scale; power--)
        {
            fraction.Append(At(bytes, count, weight - power).ToString("0000", CultureInfo.InvariantCulture));
        }

        return text.Append('.').Append(fraction.ToString(0, scale)).ToString();
    }

    /// <summary>Writes a number of so many digits behind the point.</summary>
    /// <returns>Bytes that were used; at most 32.</returns>
    public static int Write(Span<byte> target, Int128 value, int scale)
    {
        const int MostDigits = 12;
        Span<ushort> digits = stackalloc ushort[MostDigits];
        var rest = (UInt128)Int128.Abs(value);
        // The last digit must begin at the point or a whole number of four places from it.
        var places = (scale + BaseDigits - 1) / BaseDigits;
        var missing = (places * BaseDigits) - scale;
        var count = 0;
        if (missing > 0)
        {
            var cut = (UInt128)Power(BaseDigits - missing);
            digits[count++] = (ushort)((rest % cut) * (UInt128)Power(missing));
            rest /= cut;
        }

        for (; rest > 0; rest /= Base)
        {
            digits[count++] = (ushort)(rest % Base);
        }

        var weight = count - 1 - places;
        var last = 0;
        while (last < count && digits[last] == 0)
        {
            last++;
        }

        var size = HeadSize;
        for (var i = count - 1; i >= last; i--, size += 2)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target[size..], digits[i]);
        }

        BinaryPrimitives.WriteInt16BigEndian(target, (short)((size - HeadSize) / 2));
        BinaryPrimitives.WriteInt16BigEndian(target[2..], (short)(size == HeadSize ? 0 : weight));
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], value < 0 ? Negative : (ushort)0);
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], (ushort)scale);
        return size;
    }

    static bool TryHead(ReadOnlySpan<byte> bytes, out int count, out int weight, out ushort sign)
    {
        count = 0;
        weight = 0;
        sign = 0;
        if (bytes.Length < HeadSize)
        {
            return false;
        }

        count = BinaryPrimitives.ReadInt16BigEndian(bytes);
        weight = BinaryPrimitives.ReadInt16BigEndian(bytes[2..]);
        sign = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        return count >= 0 && bytes.Length == HeadSize + (count * 2);
    }

    static int Digit(ReadOnlySpan<byte> bytes, int index) =>
        BinaryPrimitives.ReadInt16BigEndian(bytes[(HeadSize + (index * 2))..]);

    static int At(ReadOnlySpan<byte> bytes, int count, int index) =>
        (uint)index < (uint)count ? Digit(bytes, index) : 0;

    static Int128 Power(int exponent) => Powers[exponent];

    static Int128[] MakePowers()
    {
        const int MostDigits = 38;
        var powers = new Int128[MostDigits + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
