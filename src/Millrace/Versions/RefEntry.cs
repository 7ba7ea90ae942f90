using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>A branch of this store or, with a remote's name before it, of another one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Commit">Where it points.</param>
/// <param name="MovedAt">When it was moved there.</param>
public sealed record BranchEntry(string Name, ContentHash Commit, DateTimeOffset MovedAt);

/// <summary>A name that stays where it was put.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Commit">Where it points.</param>
/// <param name="Message">What it says; null for a plain one.</param>
/// <param name="Author">Who put it.</param>
/// <param name="CreatedAt">When.</param>
public sealed record TagEntry(
    string Name, ContentHash Commit, string? Message, string Author, DateTimeOffset CreatedAt);

/// <summary>One move of a ref.</summary>
/// <param name="Ref"><c>branch/NAME</c>, <c>tag/NAME</c> or <c>remote/REMOTE/NAME</c>.</param>
/// <param name="Before">Where it pointed; null when it was made.</param>
/// <param name="After">Where it points; null when it was deleted.</param>
/// <param name="Why">What moved it.</param>
/// <param name="Author">Who moved it.</param>
/// <param name="MovedAt">When.</param>
public sealed record RefMove(
    string Ref, ContentHash? Before, ContentHash? After, string Why, string Author, DateTimeOffset MovedAt);
