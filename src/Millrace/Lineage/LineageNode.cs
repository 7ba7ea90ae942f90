namespace Millrace.Lineage;

/// <summary>A version in an answer of <see cref="LineageGraph"/>, with the run between it and the next.</summary>
/// <param name="Version">The version.</param>
/// <param name="Run">Upstream: the run that made it; downstream: null for the thing asked about, else the run that made
/// it from the one before. Null for what came from outside.</param>
/// <param name="Role">What it was to the run that led here; empty for the thing asked about.</param>
/// <param name="Next">Upstream: the run's inputs; downstream: what was made from it.</param>
/// <param name="IsRepeated">Whether the version was shown before in this answer, so that its own next ones are not
/// repeated.</param>
public sealed record LineageNode(
    ThingVersion Version, Run? Run, string Role, IReadOnlyList<LineageNode> Next, bool IsRepeated)
{
    /// <summary>The role of the version that a run added to.</summary>
    public const string PreviousRole = "previous";

    /// <summary>The first character of the role of a version that a run only looked at, such as
    /// <c>@production</c>.</summary>
    public const char ReferenceMark = '@';

    /// <summary>Whether the run added to it or compared with it, rather than being made from it.</summary>
    public bool IsHistory => IsHistoryRole(Role);

    internal static bool IsHistoryRole(string role) => role == PreviousRole || role.StartsWith(ReferenceMark);
}
