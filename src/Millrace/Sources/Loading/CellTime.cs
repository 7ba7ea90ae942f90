namespace Millrace.Sources.Loading;

/// <summary>What the format of a workbook's cell makes of its number.</summary>
enum CellTime
{
    /// <summary>A number.</summary>
    None = 0,

    Date = 1,
    DateAndTime = 2,
    TimeOfDay = 3,
}
