namespace Millrace.Versions.Files;

/// <summary>What shall become of one path.</summary>
/// <param name="Path">From the root.</param>
/// <param name="Before">What the commit before has there, or null.</param>
/// <param name="After">What shall be there, or null.</param>
/// <param name="AlsoExpected">What may be on the disk beside that: where a checkout was cut off, what it wrote.</param>
sealed record CheckoutStep(
    string Path, TreeEntry? Before, TreeEntry? After, IReadOnlyList<TreeEntry> AlsoExpected);
