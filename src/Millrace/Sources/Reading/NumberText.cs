namespace Millrace.Sources.Reading;

/// <summary>A decimal number as it is written: sign, digits and exponent, with nothing rounded.</summary>
/// <param name="IsInteger">Whether it has neither a point nor an exponent.</param>
/// <param name="IsNegative">Whether it begins with a minus.</param>
/// <param name="Mantissa">Its first 19 significant digits.</param>
/// <param name="Digits">How many significant digits there are without zeros at either end; the mantissa holds all of
/// them when there are at most 19.</param>
/// <param name="Exponent">The power of ten behind the mantissa.</param>
/// <param name="IntegerDigits">Digits before the point without zeros in front.</param>
/// <param name="Scale">Digits behind the point; -1 when the number has an exponent.</param>
readonly record struct NumberText(
    bool IsInteger, bool IsNegative, ulong Mantissa, int Digits, int Exponent, int IntegerDigits, int Scale)
{
    const int MaxMantissaDigits = 19;
    const int MaxExponent = 100_000;

    /// <summary>Reads a number of JSON's grammar; the zero before a point may be left out.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out NumberText number)
    {
        number = default;
        var i = text.Length > 0 && text[0] == '-' ? 1 : 0;
        var isNegative = i == 1;
        var state = default(DigitsRead);
        var begin = i;
        while (i < text.Length && (uint)(text[i] - '0') <= 9)
        {
            state.Add(text[i++]);
        }

        var whole = i - begin;
        if (whole > 1 && text[begin] == '0')
        {
            return false;
        }

        var integerDigits = state.Significant;
        var scale = 0;
        var hasPoint = i < text.Length && text[i] == '.';
        if (hasPoint)
        {
            var point = ++i;
            while (i < text.Length && (uint)(text[i] - '0') <= 9)
            {
                state.Add(text[i++]);
            }

            scale = i - point;
            if (scale == 0)
            {
                return false;
            }
        }

        if (whole == 0 && scale == 0)
        {
            return false;
        }

        var exponent = 0;
        var hasExponent = i < text.Length && (text[i] | 0x20) == 'e';
        if (hasExponent && !TryExponent(text, ref i, out exponent))
        {
            return false;
        }

        if (i != text.Length)
        {
            return false;
        }

        number = new NumberText(
            !hasPoint && !hasExponent, isNegative, state.Mantissa, state.Digits,
            exponent - scale + state.Dropped, integerDigits, hasExponent ? -1 : scale);
        return true;
    }

    /// <summary>Whether both are the same number, digit by digit; only for numbers of at most 19 digits.</summary>
    public bool IsSameValue(NumberText other)
    {
        if (Mantissa == 0 || other.Mantissa == 0)
        {
            return Mantissa == other.Mantissa;
        }

        var (left, leftExponent) = Stripped();
        var (right, rightExponent) = other.Stripped();
        return IsNegative == other.IsNegative && left == right && leftExponent == rightExponent;
    }

    (ulong Mantissa, int Exponent) Stripped()
    {
        var (mantissa, exponent) = (Mantissa, Exponent);
        while (mantissa % 10 == 0)
        {
            mantissa /= 10;
            exponent++;
        }

        return (mantissa, exponent);
    }

    static bool TryExponent(ReadOnlySpan<byte> text, ref int i, out int exponent)
    {
        exponent = 0;
        i++;
        var isNegative = i < text.Length && text[i] == '-';
        if (i < text.Length && text[i] is (byte)'-' or (byte)'+')
        {
            i++;
        }

        var begin = i;
        while (i < text.Length && (uint)(text[i] - '0') <= 9)
        {
            exponent = Math.Min((exponent * 10) + (text[i++] - '0'), MaxExponent);
        }

        exponent = isNegative ? -exponent : exponent;
        return i > begin;
    }

    /// <summary>The significant digits that were read so far.</summary>
    struct DigitsRead
    {
        int _trailingZeros;

        public ulong Mantissa { get; private set; }

        /// <summary>Digits from the first that is not zero.</summary>
        public int Significant { get; private set; }

        /// <summary>Digits that the mantissa had no room for.</summary>
        public int Dropped { get; private set; }

        public readonly int Digits => Significant - _trailingZeros;

        public void Add(byte digit)
        {
            var value = (uint)(digit - '0');
            if (value == 0 && Significant == 0)
            {
                return;
            }

            Significant++;
            _trailingZeros = value == 0 ? _trailingZeros + 1 : 0;
            if (Significant <= MaxMantissaDigits)
            {
                Mantissa = (Mantissa * 10) + value;
            }
            else
            {
                Dropped++;
            }
        }
    }
}
