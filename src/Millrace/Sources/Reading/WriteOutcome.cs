namespace Millrace.Sources.Reading;

/// <summary>What came of writing a record as a row.</summary>
enum WriteOutcome
{
    Written = 0,

    /// <summary>It is no record; <see cref="RecordParser.Fault"/> says why.</summary>
    Bad = 1,

    /// <summary>It is a record, but a column can't hold its value; <see cref="RecordParser.Fault"/> names it.</summary>
    Misfit = 2,
}
