using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    /// <summary>Compares two versions of a table, or two tables, row by row.</summary>
    /// <param name="before">The first.</param>
    /// <param name="after">The second.</param>
    /// <param name="keyColumns">What tells rows apart; null for the key of the second table.</param>
    /// <param name="mostExamples">How many rows that differ are told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>key-missing</c>, <c>column-unknown</c>, <c>duplicate-key</c>,
    /// <c>version-vacuumed</c>.</exception>
    public async Task<TableDiff> DiffAsync(
        TableSnapshot before, TableSnapshot after, IReadOnlyList<string>? keyColumns, int mostExamples = 20,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        CheckThere(before);
        CheckThere(after);
        var keys = keyColumns ?? await KeysAsync(after.Name, cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "key-missing", $"Table '{after.Name}' has no key by which rows could be compared.",
                "Name the columns that tell its rows apart with '--key'.");
        }

        using var session = _tables.OpenSession();
        return await Task.Run(
            () => new RowDiff(session, before, after, keys).Run(mostExamples, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }
}
