using Millrace.Lineage;

namespace Millrace.Tables.Queries;

/// <summary>A query that can be run: its session has all that it names. Whoever prepared it disposes it.</summary>
public sealed class SqlQuery : IDisposable
{
    readonly bool _ownsSession;

    internal SqlQuery(SqlSession session, bool ownsSession, string text)
    {
        Session = session;
        _ownsSession = ownsSession;
        Text = text;
    }

    /// <summary>Where to run it.</summary>
    public SqlSession Session { get; }

    /// <summary>One statement without a semicolon, as the session understands it.</summary>
    public string Text { get; }

    /// <summary>Values of the text's parameters.</summary>
    public IReadOnlyList<SqlParameter> Parameters { get; internal init; } = [];

    /// <summary>The versions of tables that it reads and the catalog knows, each once.</summary>
    public IReadOnlyList<ThingVersion> Inputs { get; internal init; } = [];

    /// <summary>Everything that it reads, as a run records it: those versions, and what comes from outside.</summary>
    public IReadOnlyList<PublicationInput> Sources { get; internal init; } = [];

    public void Dispose()
    {
        if (_ownsSession)
            Session.Dispose();
    }
}
