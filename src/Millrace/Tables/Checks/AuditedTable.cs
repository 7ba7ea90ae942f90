namespace Millrace.Tables.Checks;

/// <summary>A table of a publication and how its checks came out.</summary>
/// <param name="Report">The results.</param>
/// <param name="NewRowCount">The rows that the version would bring.</param>
/// <param name="Rejected">When checks fail: those rows, staged for the side table; null when there are none, or when
/// they can't be kept.</param>
/// <param name="Loss">Why they can't be kept; null when they are.</param>
sealed record AuditedTable(CheckReport Report, long NewRowCount, StagedTable? Rejected, string? Loss);
