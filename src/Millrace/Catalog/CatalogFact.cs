using System.Text.Json;

namespace Millrace.Catalog;

/// <summary>Something that a higher room wants written in the same transaction as a publication, as data: it is kept in
/// the publication's intent, so that it is not lost when the process dies between the two.</summary>
/// <param name="Kind">The name of the <see cref="IFactWriter"/> that knows it.</param>
/// <param name="Body">JSON.</param>
public sealed record CatalogFact(string Kind, JsonElement Body);
