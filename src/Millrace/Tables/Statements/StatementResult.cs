using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

/// <summary>What a statement that writes did.</summary>
/// <param name="Verb">The statement, such as <c>INSERT</c>.</param>
public sealed record StatementResult(string Verb)
{
    /// <summary>What became of each table.</summary>
    public IReadOnlyList<TableEdit> Edits { get; init; } = [];

    /// <summary>The files that were deleted; null but for a vacuum.</summary>
    public TableVacuum? Vacuum { get; init; }

    /// <summary>The views that were made or taken away.</summary>
    public IReadOnlyList<string> Views { get; init; } = [];

    /// <summary>What was not done because it was there, or was not, as the statement allows.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>The rows that it gives, to be disposed; null for none.</summary>
    public SqlQuery? Query { get; init; }

    /// <summary>In a sentence or more, a line each.</summary>
    public IReadOnlyList<string> Lines =>
    [
        .. Edits.Select(Told),
        .. Views.Select(view => $"{Verb.ToLowerInvariant()}: {view}"),
        .. Skipped,
        .. Vacuum is { } vacuum ? [Told(vacuum)] : Array.Empty<string>(),
    ];

    static string Told(TableEdit edit)
    {
        if (!edit.IsChanged)
        {
            return $"Nothing to change: {edit.Table} stays v{edit.Version?.Number}.";
        }

        string[] parts =
        [
            edit.Operation.ToLowerInvariant(), Rows(edit.InsertedRows, "inserted"), Rows(edit.UpdatedRows, "updated"),
            Rows(edit.DeletedRows, "deleted"),
        ];
        return $"{edit.Table} v{edit.Version?.Number}: {string.Join(", ", parts.Where(part => part.Length > 0))}";
    }

    static string Told(TableVacuum vacuum) =>
        $"{vacuum.Table}: {vacuum.Files.Count:N0} files, {vacuum.SizeBytes:N0} bytes "
        + (vacuum.IsDryRun ? "would be deleted" : "deleted")
        + $"; {vacuum.LostVersions.Count:N0} old versions can {(vacuum.IsDryRun ? "then " : "")}no longer be read";

    static string Rows(long count, string what) =>
        count == 0 ? "" : $"{count:N0} row{(count == 1 ? "" : "s")} {what}";
}
