using Millrace.Tables.Statements;

namespace Millrace.Tables.Queries;

public sealed partial class SqlEngine
{
    /// <summary>Does what a statement that writes says: a run in the lineage, and at most one new version for each of
    /// its tables.</summary>
    /// <param name="statement">One of <see cref="StatementParser"/> that is not a <see cref="QueryStatement"/>.</param>
    /// <param name="parameters">Values of <c>$name</c> in the text.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-exists</c>, <c>column-unknown</c>,
    /// <c>column-count</c>, <c>value-unfit</c>, <c>constraint-violated</c>, <c>table-conflict</c>,
    /// <c>table-not-writable</c>, <c>view-exists</c>, <c>view-cycle</c>, <c>view-needed</c>, and what queries of the
    /// statement have to say.</exception>
    public Task<StatementResult> RunAsync(
        Statement statement, IReadOnlyList<SqlParameter>? parameters = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return new StatementRunner(_tables).RunAsync(statement, parameters ?? [], cancellationToken);
    }
}
