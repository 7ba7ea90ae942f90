namespace Millrace.Sources.Databases;

/// <summary>How a value stands in the binary form of COPY.</summary>
enum PostgresForm
{
    /// <summary>UTF-8 as it is.</summary>
    Text = 0,

    /// <summary>One byte.</summary>
    Boolean = 1,

    Int16 = 2,

    Int32 = 3,

    Int64 = 4,

    /// <summary>An unsigned number of 32 bits.</summary>
    Oid = 5,

    Float32 = 6,

    Float64 = 7,

    /// <summary>Digits to the base of 10,000.</summary>
    Numeric = 8,

    /// <summary>A byte with the version, then text.</summary>
    Jsonb = 9,

    /// <summary>Bytes that become an object.</summary>
    Bytes = 10,

    /// <summary>Days since 2000-01-01.</summary>
    Date = 11,

    /// <summary>Microseconds since 2000-01-01, with or without a zone.</summary>
    Time = 12,

    /// <summary>16 bytes.</summary>
    Uuid = 13,

    /// <summary>A list whose elements have a form of their own.</summary>
    List = 14,
}
