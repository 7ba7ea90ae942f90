using System.Text.Json;

namespace Millrace.Catalog;

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
