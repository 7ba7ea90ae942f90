using System.Globalization;

namespace Millrace.Sources.Reading;

/// <summary>What a column's values are read as.</summary>
/// <param name="Fits">The values that the column takes, as one bit, or several where any of them will do.</param>
/// <param name="Precision">For a decimal.</param>
/// <param name="Scale">For a decimal.</param>
/// <param name="Element">For a list: the type of its elements, one of Boolean, Long, Double and Text.</param>
readonly record struct ReadType(
    ValueTypes Fits, int Precision = 0, int Scale = 0, ValueTypes Element = ValueTypes.None)
{
    public static ReadType Text => new(ValueTypes.Text);

    /// <summary>Takes no value.</summary>
    public static ReadType Unknown => new(ValueTypes.None);

    public bool Is(ValueTypes types) => (Fits & types) != 0;

    /// <summary>The type of the table's column.</summary>
    public string Delta => Is(ValueTypes.List) ? $"array<{Name(Element)}>"
        : Is(ValueTypes.Decimal)
            ? string.Create(CultureInfo.InvariantCulture, $"decimal({Precision},{Scale})")
            : Name(Fits);

    /// <summary>How a table's column takes values; null when texts can't be read as its type.</summary>
    public static ReadType? OfDelta(string delta)
    {
        if (delta.StartsWith("decimal(", StringComparison.Ordinal))
        {
            var digits = delta[8..^1].Split(',');
            return new ReadType(
                ValueTypes.Decimal, int.Parse(digits[0], CultureInfo.InvariantCulture),
                int.Parse(digits[1], CultureInfo.InvariantCulture));
        }

        if (delta.StartsWith("array<", StringComparison.Ordinal))
        {
            var element = OfDelta(delta[6..^1])?.Fits ?? ValueTypes.None;
            return element is ValueTypes.Boolean or ValueTypes.Long or ValueTypes.Double or ValueTypes.Text
                ? new ReadType(ValueTypes.List, Element: element) : null;
        }

        return delta switch
        {
            "boolean" => new ReadType(ValueTypes.Boolean),
            "long" or "integer" or "short" or "byte" => new ReadType(ValueTypes.Long),
            "double" => new ReadType(ValueTypes.Double),
            "date" => new ReadType(ValueTypes.Date),
            "timestamp" => new ReadType(ValueTypes.Time),
            "string" => Text,
            _ => null,
        };
    }

    static string Name(ValueTypes type) => (type & ValueTypes.Boolean) != 0 ? "boolean"
        : (type & ValueTypes.Time) != 0 ? "timestamp"
        : type switch
        {
            ValueTypes.Long => "long",
            ValueTypes.Double => "double",
            ValueTypes.Date => "date",
            _ => "string",
        };
}
