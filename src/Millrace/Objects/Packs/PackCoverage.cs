namespace Millrace.Objects.Packs;

/// <summary>How far a pack and its index go.</summary>
readonly record struct PackCoverage(long PackEnd, long IndexEnd);
