using Millrace.Catalog;

namespace Millrace.Tables;

/// <summary>A version that a run read.</summary>
/// <param name="Role">What it was to the run.</param>
/// <param name="VersionId">A version that the catalog knows; null for one from outside, which is then recorded.</param>
/// <param name="External">The version from outside; null when <paramref name="VersionId"/> is given.</param>
public sealed record PublicationInput(string Role, long? VersionId, ExternalVersion? External);

/// <summary>A version of something outside the workspace: a file, or a table of a source database.</summary>
/// <param name="Kind"><c>file</c> or <c>source</c>.</param>
/// <param name="Name">Path or name.</param>
/// <param name="Hash">64 hex digits over what was read, or over what tells that it changed.</param>
/// <param name="Summary">JSON object for people.</param>
public sealed record ExternalVersion(string Kind, string Name, string Hash, string Summary);

/// <summary>A version of something that is not a table: a dataset, a model, an object, a feature view's
/// values.</summary>
/// <param name="Role">The output's name.</param>
/// <param name="Kind">A kind of thing.</param>
/// <param name="Name">The thing's name.</param>
/// <param name="Hash">64 hex digits.</param>
/// <param name="Summary">JSON object.</param>
/// <param name="Pins">Ids of versions that must stay readable as long as this one is there.</param>
/// <param name="Refs">Refs to move to this version.</param>
public sealed record StagedVersion(
    string Role,
    string Kind,
    string Name,
    string Hash,
    string Summary,
    IReadOnlyList<long> Pins,
    IReadOnlyList<RefMove> Refs);

/// <summary>A ref to move to the version that is published.</summary>
/// <param name="Name">The ref's name, such as <c>production</c>.</param>
/// <param name="IsConditional">Whether it may only move from <paramref name="Expected"/>.</param>
/// <param name="Expected">The version it points to now; null for none.</param>
public sealed record RefMove(string Name, bool IsConditional, long? Expected);

/// <summary>A table of a publication.</summary>
/// <param name="Role">The output's name.</param>
/// <param name="Table">The staged files.</param>
/// <param name="Summary">JSON object that is added to the version's own figures.</param>
public sealed record PublishedTable(string Role, StagedTable Table, string Summary);

/// <summary>Everything that an attempt makes visible at once. It is kept in the intent, so that a publication which was
/// cut off can be completed by another process.</summary>
/// <param name="AttemptId">Found again in the tables' logs.</param>
/// <param name="RunId">The run that is explained by it; it must be recorded.</param>
/// <param name="Tables">Tables.</param>
/// <param name="Inputs">What the run read.</param>
/// <param name="Versions">Other things.</param>
/// <param name="Facts">What higher rooms write in the same transaction.</param>
public sealed record Publication(
    string AttemptId,
    string RunId,
    IReadOnlyList<PublishedTable> Tables,
    IReadOnlyList<PublicationInput> Inputs,
    IReadOnlyList<StagedVersion> Versions,
    IReadOnlyList<CatalogFact> Facts);
