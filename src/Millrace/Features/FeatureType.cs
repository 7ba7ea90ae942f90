namespace Millrace.Features;

/// <summary>The type of a key or feature value, and with it the CLR type in which a value goes in and comes
/// out.</summary>
public enum FeatureType
{
    /// <summary>A <see cref="long"/>; an <see cref="int"/> is accepted too.</summary>
    Int64 = 1,

    /// <summary>A <see cref="double"/>, kept bit for bit: NaN payloads and −0.0 come back as they were.</summary>
    Double = 2,

    /// <summary>A <see cref="float"/>, kept bit for bit.</summary>
    Float = 3,

    /// <summary>A <see cref="string"/>, kept as UTF-8. It must not hold half a surrogate pair.</summary>
    Text = 4,

    /// <summary>A <see cref="bool"/>.</summary>
    Boolean = 5,

    /// <summary>A <see cref="long"/>: microseconds since 1970-01-01T00:00:00Z, negative before it.</summary>
    Timestamp = 6,

    /// <summary>A <c>float[]</c> of any length, each element kept bit for bit.</summary>
    FloatArray = 7,
}
