using System.Text.Json;

namespace Millrace.Catalog;

/// <summary>Something that a higher room wants written in the same transaction as a publication, as data: it is kept in
/// the publication's intent, so that it is not lost when the process dies between the two.</summary>
/// <param name="Kind">The name of the <see cref="IFactWriter"/> that knows it.</param>
/// <param name="Body">JSON.</param>
public sealed record CatalogFact(string Kind, JsonElement Body);

/// <summary>A room's hand in a publication: writes its facts to its own tables.</summary>
public interface IFactWriter
{
    /// <summary>The kind of fact that it writes.</summary>
    string Kind { get; }

    /// <summary>Refuses a fact by throwing, before anything is published; called inside the intent's transaction.
    ///</summary>
    void Check(CatalogSession session, string runId, JsonElement body)
    {
    }

    /// <summary>Writes one fact; called once per fact, inside the publishing transaction.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="runId">The run that is published.</param>
    /// <param name="body">The fact.</param>
    void Write(CatalogSession session, string runId, JsonElement body);
}
