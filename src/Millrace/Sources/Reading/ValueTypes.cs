namespace Millrace.Sources.Reading;

/// <summary>The types that a value fits without losing anything. A column has the first type that all of its values
/// fit.</summary>
[Flags]
enum ValueTypes
{
    None = 0,

    /// <summary><c>true</c> or <c>false</c>; another spelling is another type, so that the spelling is not lost.
    /// </summary>
    BooleanLower = 1,

    /// <summary><c>True</c> or <c>False</c>.</summary>
    BooleanTitle = 2,

    /// <summary><c>TRUE</c> or <c>FALSE</c>.</summary>
    BooleanUpper = 4,

    /// <summary>A whole number of 64 bits as it is always written: no plus, no zero in front.</summary>
    Long = 8,

    /// <summary>A whole number of any size.</summary>
    Integer = 16,

    /// <summary>A number whose decimal digits a double gives back.</summary>
    Double = 32,

    /// <summary>A number without an exponent; the digits decide whether 38 of them do.</summary>
    Decimal = 64,

    Date = 128,

    /// <summary>A date and a time without a zone.</summary>
    TimePlain = 256,

    /// <summary>A date and a time that end in Z or +00:00.</summary>
    TimeUtc = 512,

    Text = 1024,

    /// <summary>A list in JSON whose elements have a type of their own.</summary>
    List = 2048,

    /// <summary>Any value of JSON, kept as its text.</summary>
    Json = 4096,

    Boolean = BooleanLower | BooleanTitle | BooleanUpper,
    Number = Long | Integer | Double | Decimal,
    Time = TimePlain | TimeUtc,
    All = (Json << 1) - 1,
}
