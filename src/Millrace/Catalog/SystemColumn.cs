namespace Millrace.Catalog;

/// <summary>What a column of a system table holds.</summary>
enum SystemType
{
    Text = 0,
    Int64 = 1,
    Double = 2,
    Boolean = 3,

    /// <summary>A time in UTC, to the microsecond.</summary>
    Time = 4,
}

/// <summary>A column of a system table.</summary>
/// <param name="Name">In small letters, words parted by underscores.</param>
/// <param name="Type">What it holds.</param>
/// <param name="About">What it says, and what null means where it may be null.</param>
sealed record SystemColumn(string Name, SystemType Type, string About)
{
    public static SystemColumn Text(string name, string about) => new(name, SystemType.Text, about);

    public static SystemColumn Int64(string name, string about) => new(name, SystemType.Int64, about);

    public static SystemColumn Double(string name, string about) => new(name, SystemType.Double, about);

    public static SystemColumn Boolean(string name, string about) => new(name, SystemType.Boolean, about);

    public static SystemColumn Time(string name, string about) => new(name, SystemType.Time, about);

    /// <summary>The type as DuckDB names it.</summary>
    public string SqlType => Type switch
    {
        SystemType.Text => "VARCHAR",
        SystemType.Int64 => "BIGINT",
        SystemType.Double => "DOUBLE",
        SystemType.Boolean => "BOOLEAN",
        _ => "TIMESTAMP WITH TIME ZONE",
    };

    /// <summary>A value of a row of the catalog.</summary>
    public object? Read(CatalogRow row, int index) => row.IsNull(index) ? null : Type switch
    {
        SystemType.Text => row.Text(index),
        SystemType.Int64 => row.Int64(index),
        SystemType.Double => row.Double(index),
        SystemType.Boolean => row.Int64(index) != 0,
        _ => row.Time(index),
    };
}
