using System.Runtime.CompilerServices;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Lineage;

/// <summary>The objects that versions of datasets, models and files name: their own hash, or the one in their summary.
///</summary>
public sealed class VersionRoots(ICatalog catalog) : IRootSource
{
    public string Room => "lineage";

    public async IAsyncEnumerable<ObjectRoot> RootsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var versions = await catalog.ReadAsync(
            session => session.Query(
                $"{LineageGraph.VersionColumns} where kind in ('object', 'model', 'dataset') order by version_id",
                LineageGraph.ReadVersion),
            cancellationToken).ConfigureAwait(false);
        foreach (var version in versions)
        {
            if (version.Kind == "object")
            {
                yield return new ObjectRoot(ContentHash.Parse(version.Hash), version.Label);
                continue;
            }

            using var summary = System.Text.Json.JsonDocument.Parse(version.Summary);
            if (summary.RootElement.TryGetProperty("url", out var url)
                && url.ValueKind == System.Text.Json.JsonValueKind.String
                && ObjectUrl.TryParse(url.GetString(), out var hash))
            {
                yield return new ObjectRoot(hash, version.Label);
            }
        }
    }
}
