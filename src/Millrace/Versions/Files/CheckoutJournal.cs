using System.Text.Json.Serialization;

namespace Millrace.Versions.Files;

/// <summary>Where a checkout is: on a branch, which may have no commit yet, or on a commit.</summary>
/// <param name="Branch">The branch, or null.</param>
/// <param name="Commit">The commit, when it is on no branch.</param>
public sealed record HeadState(string? Branch, Objects.ContentHash? Commit);

/// <summary>A checkout that has begun; the file is deleted when it is done.</summary>
/// <param name="Branch">The branch that it goes to, or null.</param>
/// <param name="Commit">The commit that it goes to; null for a branch without one.</param>
/// <param name="Tree">The tree that it writes.</param>
/// <param name="BeganAt">When it began, in microseconds since 1970 UTC.</param>
sealed record CheckoutJournal(string? Branch, string? Commit, string Tree, long BeganAt);

/// <summary>A merge that waits for its conflicts to be resolved.</summary>
/// <param name="Theirs">The commit that is merged.</param>
/// <param name="Name">What the user called it.</param>
/// <param name="Message">The message that the merge will have.</param>
/// <param name="Conflicts">Paths that are not resolved yet.</param>
/// <param name="Added">Files that hold the other sides, beside the conflicts.</param>
sealed record MergeState(
    string Theirs, string Name, string Message, IReadOnlyList<string> Conflicts, IReadOnlyList<string> Added)
{
    /// <summary>What makes each path a conflict; null where that was not written down.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Reasons { get; init; }
}
