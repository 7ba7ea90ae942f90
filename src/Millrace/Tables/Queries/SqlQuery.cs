using Millrace.Lineage;

namespace Millrace.Tables.Queries;

/// <summary>A query that can be run: its session has all that it names. Whoever prepared it disposes it.</summary>
public sealed partial class SqlQuery : IDisposable
{
    readonly TableStore _tables;
    readonly bool _ownsSession;
    readonly SqlResolver _resolved;

    internal SqlQuery(
        TableStore tables, SqlSession session, bool ownsSession, string text, SqlResolver resolved)
    {
        _tables = tables;
        Session = session;
        _ownsSession = ownsSession;
        Text = text;
        _resolved = resolved;
    }

    /// <summary>Where to run it.</summary>
    public SqlSession Session { get; }

    /// <summary>One statement without a semicolon, as the session understands it. It may end in a comment.</summary>
    public string Text { get; }

    /// <summary>Values of the text's parameters.</summary>
    public IReadOnlyList<SqlParameter> Parameters { get; internal init; } = [];

    /// <summary>Whether it asks how a query is run, so that its rows are no data.</summary>
    public bool IsExplained { get; internal init; }

    /// <summary>Whether it is a statement that the settings allow, and no query: <see cref="Execute"/> runs it.
    /// </summary>
    public bool IsStatement { get; internal init; }

    /// <summary>Other engines that compute its rows, and what they are asked.</summary>
    internal IReadOnlyList<(string Engine, string Sql)> Engines { get; init; } = [];

    /// <summary>What another engine reads for it; null when only this one does.</summary>
    internal Func<CancellationToken, Task<IReadOnlyList<PublicationInput>>>? ReadElsewhere { get; init; }

    /// <summary>The versions of tables that it reads and the catalog knows, each once.</summary>
    public IReadOnlyList<ThingVersion> Inputs => _resolved.Versions;

    /// <summary>Everything that it reads, as a run records it: those versions, and what comes from outside. Files are
    /// hashed.</summary>
    public async Task<IReadOnlyList<PublicationInput>> SourcesAsync(CancellationToken cancellationToken = default)
    {
        var sources = new List<PublicationInput>();
        sources.AddRange(Inputs.Select(version => new PublicationInput(version.Name, version.Id, null)));
        sources.AddRange(_resolved.Foreign);
        if (ReadElsewhere is { } elsewhere)
            sources.AddRange(await elsewhere(cancellationToken).ConfigureAwait(false));
        foreach (var file in _resolved.Files)
            sources.Add(await file.InputAsync(cancellationToken).ConfigureAwait(false));
        return [.. sources.DistinctBy(input => (input.VersionId, input.External?.Name, input.External?.Hash))];
    }

    public void Dispose()
    {
        if (_ownsSession)
            Session.Dispose();
    }
}
