using System.Buffers.Text;

namespace Millrace.Sources.Reading;

/// <summary>Reads texts as values of a type, and refuses what the type would not give back: 007, +1, 1e400, a number
/// with more digits than a double has. See docs/formats/ingest.md.</summary>
static class ValueText
{
    const int ExactDigits = 15;
    const int MaxDoubleDigits = 17;
    const int MaxExactPower = 22;
    const long MicrosecondsPerSecond = 1_000_000;
    const long SecondsPerDay = 86_400;

    static readonly double[] Powers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];

    /// <summary>A whole number that is written as it would be written again.</summary>
    public static bool TryLong(ReadOnlySpan<byte> text, out long value)
    {
        const int MostDigits = 19;
        value = 0;
        var isNegative = text.Length > 1 && text[0] == '-';
        var digits = isNegative ? text[1..] : text;
        if (digits.Length is 0 or > MostDigits || (digits[0] == '0' && (digits.Length > 1 || isNegative)))
        {
            return false;
        }

        ulong number = 0;
        foreach (var letter in digits)
        {
            var digit = (uint)(letter - '0');
            if (digit > 9)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        if (number > (isNegative ? 1UL << 63 : long.MaxValue))
        {
            return false;
        }

        value = isNegative ? (long)(0 - number) : (long)number;
        return true;
    }

    /// <summary>A number whose digits a double gives back.</summary>
    public static bool TryDouble(ReadOnlySpan<byte> text, out double value)
    {
        if (NumberText.TryParse(text, out var number))
        {
            return TryDouble(text, number, out value);
        }

        return TryWord(text, out value);
    }

    /// <summary>The words for what is no number but a double has.</summary>
    public static bool TryWord(ReadOnlySpan<byte> text, out double value)
    {
        value = text.Length is < 3 or > 9 ? 0
            : text.SequenceEqual("NaN"u8) || text.SequenceEqual("nan"u8) ? double.NaN
            : text.SequenceEqual("inf"u8) || text.SequenceEqual("Infinity"u8) ? double.PositiveInfinity
            : text.SequenceEqual("-inf"u8) || text.SequenceEqual("-Infinity"u8) ? double.NegativeInfinity
            : 0;
        return value != 0;
    }

    /// <summary>The texts by which JSON says what its numbers can't.</summary>
    public static bool IsJsonWord(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("NaN"u8) || text.SequenceEqual("Infinity"u8) || text.SequenceEqual("-Infinity"u8);

    public static bool TryDouble(ReadOnlySpan<byte> text, NumberText number, out double value)
    {
        // Up to 15 digits and a power that a double holds exactly: one multiplication rounds right. W. Clinger, "How to
        // Read Floating Point Numbers Accurately", 1990.
        if (number.Digits <= ExactDigits && number.Mantissa <= 1UL << 53
            && number.Exponent is >= -MaxExactPower and <= MaxExactPower)
        {
            value = number.Exponent < 0
                ? number.Mantissa / Powers[-number.Exponent] : number.Mantissa * Powers[number.Exponent];
            value = number.IsNegative ? -value : value;
            return true;
        }

        if (!Utf8Parser.TryParse(text, out value, out var used) || used != text.Length || !double.IsFinite(value))
        {
            return false;
        }

        if (number.Digits > MaxDoubleDigits || number.Mantissa == 0 != (value == 0))
        {
            return false;
        }

        if (number.Mantissa == 0)
        {
            return true;
        }

        // The shortest text of a double is unique; when it has the same digits, nothing was lost.
        Span<byte> shortest = stackalloc byte[32];
        return Utf8Formatter.TryFormat(value, shortest, out var length)
            && NumberText.TryParse(shortest[..length], out var again) && again.IsSameValue(number);
    }

    public static bool TryBoolean(ReadOnlySpan<byte> text, out bool value, out ValueTypes spelling)
    {
        value = text.Length == 4;
        spelling = text.Length is not (4 or 5) ? ValueTypes.None
            : text.SequenceEqual("true"u8) || text.SequenceEqual("false"u8) ? ValueTypes.BooleanLower
            : text.SequenceEqual("True"u8) || text.SequenceEqual("False"u8) ? ValueTypes.BooleanTitle
            : text.SequenceEqual("TRUE"u8) || text.SequenceEqual("FALSE"u8) ? ValueTypes.BooleanUpper
            : ValueTypes.None;
        return spelling != ValueTypes.None;
    }

    /// <summary>A date as yyyy-MM-dd.</summary>
    /// <param name="text">The text.</param>
    /// <param name="days">Days since 1970-01-01.</param>
    public static bool TryDate(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-' || !TryDigits(text[..4], out var year)
            || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..], out var day))
        {
            return false;
        }

        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        days = new DateOnly(year, month, day).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return true;
    }

    /// <summary>A date and a time in ISO form, to the microsecond, without a zone or in UTC.</summary>
    /// <param name="text">The text.</param>
    /// <param name="microseconds">Since 1970-01-01 UTC.</param>
    /// <param name="zone">Whether it says that it is UTC.</param>
    public static bool TryTime(ReadOnlySpan<byte> text, out long microseconds, out ValueTypes zone)
    {
        microseconds = 0;
        zone = ValueTypes.TimePlain;
        if (text.Length < 16 || text[10] is not ((byte)'T' or (byte)' ') || text[13] != ':'
            || !TryDate(text[..10], out var days) || !TryDigits(text[11..13], out var hour)
            || !TryDigits(text[14..16], out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        var rest = text[16..];
        var second = 0;
        var fraction = 0L;
        if (rest.Length >= 3 && rest[0] == ':')
        {
            if (!TryDigits(rest[1..3], out second) || second > 59)
            {
                return false;
            }

            rest = rest[3..];
            if (rest.Length > 1 && rest[0] == '.' && !TryFraction(ref rest, out fraction))
            {
                return false;
            }
        }

        if (rest.SequenceEqual("Z"u8) || rest.SequenceEqual("+00:00"u8) || rest.SequenceEqual("+00"u8))
        {
            zone = ValueTypes.TimeUtc;
        }
        else if (rest.Length > 0)
        {
            return false;
        }

        microseconds = (((days * SecondsPerDay) + (hour * 3600) + (minute * 60) + second) * MicrosecondsPerSecond)
            + fraction;
        return true;
    }

    static bool TryFraction(ref ReadOnlySpan<byte> rest, out long microseconds)
    {
        const int MostDigits = 6;
        microseconds = 0;
        var digits = 0;
        while (digits + 1 < rest.Length && (uint)(rest[digits + 1] - '0') <= 9)
        {
            if (++digits > MostDigits)
            {
                return false;
            }

            microseconds = (microseconds * 10) + (rest[digits] - '0');
        }

        for (var i = digits; i < MostDigits; i++)
        {
            microseconds *= 10;
        }

        rest = rest[(digits + 1)..];
        return digits > 0;
    }

    static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var letter in text)
        {
            var digit = (uint)(letter - '0');
            if (digit > 9)
            {
                return false;
            }

            value = (value * 10) + (int)digit;
        }

        return true;
    }
}
