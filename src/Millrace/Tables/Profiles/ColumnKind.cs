namespace Millrace.Tables.Profiles;

/// <summary>What can be asked of a column's values.</summary>
public enum ColumnKind
{
    Number = 0,

    Text = 1,

    /// <summary>Days and times.</summary>
    Time = 2,

    Boolean = 3,

    /// <summary>Lists, structs and maps.</summary>
    Nested = 4,

    Bytes = 5,
}
