namespace Millrace.Sources;

/// <summary>What happens when the input's columns are not the table's.</summary>
public enum DriftPolicy
{
    /// <summary>Nothing is added; the differences are listed.</summary>
    Fail = 0,

    /// <summary>New columns are added to the table and are null in its older rows; columns that the input lacks are
    /// null.</summary>
    AddColumns = 1,

    /// <summary>As <see cref="AddColumns"/>, and a column takes a wider type when the input needs it; the older rows
    /// are written again.</summary>
    Widen = 2,

    /// <summary>Records that do not fit the table go to the quarantine.</summary>
    Quarantine = 3,
}
