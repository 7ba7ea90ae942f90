namespace Millrace.Tables.Checks;

/// <summary>How a check came out.</summary>
public enum CheckOutcome
{
    Passed = 0,
    Failed = 1,

    /// <summary>It could not be asked, and so does not hold.</summary>
    Error = 2,
}
