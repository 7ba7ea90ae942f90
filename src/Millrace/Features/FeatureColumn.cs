namespace Millrace.Features;

/// <summary>One key or feature column of a feature view.</summary>
/// <param name="Name">Unique among all columns of its schema; upper and lower case differ.</param>
/// <param name="Type">The type of every value that is not null.</param>
public sealed record FeatureColumn(string Name, FeatureType Type);
