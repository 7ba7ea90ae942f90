namespace Millrace.Tables.Delta;

/// <summary>How far an application has come with what it writes into a table. Delta protocol, "Transaction
/// Identifiers".</summary>
/// <param name="AppId">The application; for a publication of ours the attempt's id.</param>
/// <param name="Version">The application's own number.</param>
/// <param name="LastUpdated">Milliseconds since 1970; null when the log does not say.</param>
public sealed record TransactionMark(string AppId, long Version, long? LastUpdated);
