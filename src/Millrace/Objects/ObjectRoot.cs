namespace Millrace.Objects;

/// <summary>One reference to an object.</summary>
/// <param name="Hash">The object that must not be lost.</param>
/// <param name="ReferencedBy">Who needs it, as a person would name it: <c>table:photos@v3#KEY</c>.</param>
public readonly record struct ObjectRoot(ContentHash Hash, string ReferencedBy);
