namespace Millrace.Tables.Delta;

/// <summary>A named setting of a table. Delta protocol, "Domain Metadata".</summary>
/// <param name="Domain">Names that begin with <c>delta.</c> belong to the protocol.</param>
/// <param name="Configuration">What the domain's owner wrote.</param>
/// <param name="IsRemoved">Whether this action takes it away.</param>
public sealed record DomainMetadata(string Domain, string Configuration, bool IsRemoved);
