namespace Millrace.Features;

/// <summary>One entity's values, boxed: for writing, checking and export, not for serving.</summary>
/// <param name="Key">One value per key column, in the schema's order; never null.</param>
/// <param name="Values">One value per feature column, in the schema's order; <c>null</c> is a missing value.</param>
public sealed record FeatureRow(object[] Key, object?[] Values);
