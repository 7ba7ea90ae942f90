namespace Millrace.Sources.Reading;

/// <summary>What all values of a column have in common: found by looking at every one of them, so that its type loses
/// nothing of any.</summary>
sealed class ColumnFacts
{
    const int MaxDecimalDigits = 38;

    static readonly ValueTypes[] Order =
    [
        ValueTypes.BooleanLower, ValueTypes.BooleanTitle, ValueTypes.BooleanUpper, ValueTypes.Long, ValueTypes.Double,
        ValueTypes.Decimal, ValueTypes.Date, ValueTypes.TimePlain, ValueTypes.TimeUtc, ValueTypes.Text,
        ValueTypes.List, ValueTypes.Json,
    ];

    ValueTypes _fits = ValueTypes.All;
    int _integerDigits;
    int _scale;
    bool _hasNumber;
    ColumnFacts? _elements;

    /// <summary>Values that are there.</summary>
    public long ValueCount { get; private set; }

    /// <summary>What the column is when it has no value, as far as its source declares it.</summary>
    public ValueTypes Declared { get; set; }

    /// <summary>Digits before the point of the largest number.</summary>
    public int IntegerDigits => _integerDigits;

    /// <summary>Digits behind the point of the longest number.</summary>
    public int Scale => _scale;

    /// <summary>A text, such as a field of a CSV file: it may be the text of any type.</summary>
    public void AddText(ReadOnlySpan<byte> text)
    {
        ValueCount++;
        if (_fits == ValueTypes.Text)
        {
            return;
        }

        _fits &= ValueTypes.Text | TimeTypes(text) | NumberTypes(text)
            | (ValueText.TryBoolean(text, out _, out var spelling) ? spelling : ValueTypes.None);
    }

    /// <summary>An empty text: in a column of texts it is one, and in any other column there is no value.</summary>
    public void AddEmptyText() => ValueCount++;

    /// <param name="text">The text.</param>
    /// <param name="mayBeNumber">Whether it may say what a number can't, such as <c>NaN</c>.</param>
    public void AddJsonString(ReadOnlySpan<byte> text, bool mayBeNumber = false)
    {
        ValueCount++;
        if ((_fits & ~(ValueTypes.Text | ValueTypes.Json)) == 0)
        {
            _fits &= ValueTypes.Text | ValueTypes.Json;
            return;
        }

        _fits &= ValueTypes.Text | ValueTypes.Json | TimeTypes(text)
            | (mayBeNumber && ValueText.IsJsonWord(text) ? ValueTypes.Double : ValueTypes.None);
    }

    public void AddJsonNumber(ReadOnlySpan<byte> text)
    {
        ValueCount++;
        _fits &= ValueTypes.Json | NumberTypes(text);
    }

    /// <summary>A whole number that is one already, as <see cref="AddJsonNumber"/> of its text.</summary>
    public void AddLong(long value)
    {
        const long MaxExact = 1L << 53;
        ValueCount++;
        _hasNumber = true;
        _fits &= ValueTypes.Json | ValueTypes.Long | ValueTypes.Integer | ValueTypes.Decimal
            | (value is >= -MaxExact and <= MaxExact ? ValueTypes.Double : ValueTypes.None);
        var digits = 1;
        for (var rest = value / 10; rest != 0; rest /= 10)
        {
            digits++;
        }

        _integerDigits = Math.Max(_integerDigits, digits);
    }

    /// <summary>A real number that is one already.</summary>
    public void AddDouble(double value)
    {
        ValueCount++;
        _hasNumber = true;
        _fits &= double.IsFinite(value) ? ValueTypes.Json | ValueTypes.Double : ValueTypes.Double;
    }

    public void AddJsonBoolean()
    {
        ValueCount++;
        _fits &= ValueTypes.Json | ValueTypes.BooleanLower;
    }

    /// <summary>A list, whose elements the caller then adds to the answer; or a value with parts.</summary>
    public ColumnFacts AddJsonList()
    {
        ValueCount++;
        _fits &= ValueTypes.Json | ValueTypes.List;
        return _elements ??= new ColumnFacts();
    }

    public void AddJsonObject()
    {
        ValueCount++;
        _fits &= ValueTypes.Json;
    }

    /// <summary>Adds what others found.</summary>
    public void Add(ColumnFacts other)
    {
        _fits &= other._fits;
        _integerDigits = Math.Max(_integerDigits, other._integerDigits);
        _scale = Math.Max(_scale, other._scale);
        _hasNumber |= other._hasNumber;
        ValueCount += other.ValueCount;
        if (other._elements is not null)
        {
            (_elements ??= new ColumnFacts()).Add(other._elements);
        }
    }

    /// <summary>Whether every value fits one of the types.</summary>
    public bool Fits(ValueTypes types) => (_fits & types) != 0;

    /// <summary>Whether a column of the type takes every value.</summary>
    public bool Fits(ReadType type) => Fits(type.Fits)
        && (!type.Is(ValueTypes.Decimal)
            || (_scale <= type.Scale && _integerDigits <= type.Precision - type.Scale))
        && (!type.Is(ValueTypes.List) || FitsElements(type.Element));

    /// <summary>The type that loses nothing.</summary>
    /// <param name="isComplete">Whether every value was looked at; otherwise a column of which nothing is known yet
    /// has a type that takes no value.</param>
    public ReadType Type(bool isComplete)
    {
        var isUnknown = _fits == ValueTypes.All || ((_fits & ValueTypes.Double) != 0 && !_hasNumber);
        if (ValueCount == 0 && Declared != ValueTypes.None)
        {
            return new ReadType(Declared);
        }

        if (ValueCount == 0 || isUnknown)
        {
            return isComplete ? ReadType.Text : ReadType.Unknown;
        }

        var digits = Math.Max(1, _integerDigits + _scale);
        foreach (var type in Order)
        {
            if ((_fits & type) == 0)
            {
                continue;
            }

            switch (type)
            {
                // Whole numbers that are too large for a long stay whole.
                case ValueTypes.Double when (_fits & ValueTypes.Integer) != 0 && digits <= MaxDecimalDigits:
                    return new ReadType(ValueTypes.Decimal, digits, 0);
                case ValueTypes.Decimal when digits > MaxDecimalDigits:
                    continue;
                case ValueTypes.Decimal:
                    return new ReadType(ValueTypes.Decimal, digits, _scale);
                case ValueTypes.List when ElementType(isComplete) is not { }:
                    continue;
                case ValueTypes.List:
                    return new ReadType(type, Element: ElementType(isComplete)!.Value);
                default:
                    return new ReadType(type);
            }
        }

        return ReadType.Text;
    }

    bool FitsElements(ValueTypes type) =>
        _elements is null || _elements.ValueCount == 0 || _elements.Fits(type);

    /// <summary>Null when a list can't have such elements.</summary>
    ValueTypes? ElementType(bool isComplete)
    {
        var type = (_elements ?? new ColumnFacts()).Type(isComplete).Fits;
        return type switch
        {
            ValueTypes.BooleanLower => ValueTypes.Boolean,
            ValueTypes.None or ValueTypes.Long or ValueTypes.Double or ValueTypes.Text => type,
            ValueTypes.Date or ValueTypes.TimePlain or ValueTypes.TimeUtc => ValueTypes.Text,
            _ => null,
        };
    }

    ValueTypes NumberTypes(ReadOnlySpan<byte> text)
    {
        if ((_fits & ValueTypes.Number) == 0)
        {
            return ValueTypes.None;
        }

        if (!NumberText.TryParse(text, out var number))
        {
            return ValueText.TryWord(text, out _) ? ValueTypes.Double : ValueTypes.None;
        }

        _hasNumber = true;
        var isNegativeZero = number is { IsNegative: true, Mantissa: 0 };
        var types = ValueText.TryDouble(text, number, out _) ? ValueTypes.Double : ValueTypes.None;
        if (number.Scale >= 0 && !isNegativeZero)
        {
            types |= ValueTypes.Decimal;
            _integerDigits = Math.Max(_integerDigits, number.IntegerDigits);
            _scale = Math.Max(_scale, number.Scale);
        }

        if (number.IsInteger && !isNegativeZero)
        {
            types |= ValueTypes.Integer | (ValueText.TryLong(text, out _) ? ValueTypes.Long : ValueTypes.None);
        }

        return types;
    }

    ValueTypes TimeTypes(ReadOnlySpan<byte> text) =>
        (_fits & (ValueTypes.Date | ValueTypes.Time)) == 0 || text.Length < 10 || text[4] != '-' ? ValueTypes.None
        : ValueText.TryDate(text, out _) ? ValueTypes.Date
        : ValueText.TryTime(text, out _, out var zone) ? zone : ValueTypes.None;
}
