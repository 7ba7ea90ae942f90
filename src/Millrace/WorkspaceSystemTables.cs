using Millrace.Access;
using Millrace.Buckets;
using Millrace.Catalog;
using Millrace.Datasets;
using Millrace.Features;
using Millrace.Lineage;
using Millrace.Models;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables.Queries;
using Millrace.Tracking;
using Millrace.Versions;
using static Millrace.Catalog.SystemColumn;

namespace Millrace;

/// <summary>What every room tells SQL about itself.</summary>
static class WorkspaceSystemTables
{
    public static SystemCatalog Of(Workspace workspace)
    {
        var catalog = workspace.Catalog;
        return new SystemCatalog(
        [
            .. AccessTables.Of(catalog), .. BucketTables.Of(catalog), .. DatasetTables.Of(catalog),
            .. FeatureTables.Of(catalog), .. LineageTables.Of(catalog), .. ModelTables.Of(catalog),
            .. ObjectTables.Of(catalog, workspace.Objects), .. PipelineTables.Of(catalog),
            .. StoredTables.Of(catalog, workspace.Tables), .. TrackingTables.Of(catalog),
            .. VersionTables.Of(catalog, workspace.Versions), Remotes(workspace.Settings.Remotes),
        ]);
    }

    static SystemTable Remotes(RemotesSettings settings) => SystemTable.Of(
        "remotes", "Another store, as millrace.yaml names it. Credentials are not shown.",
        [
            Text("name", "Its name."),
            Text("url", "Where it is."),
            Text("endpoint", "For S3: the service's address; null is that of AWS."),
            Text("region", "For S3: the region; null is the usual one."),
            Boolean("is_default", "Whether it is meant when none is named."),
        ],
        _ => settings.ByName.Select(remote => new object?[]
        {
            remote.Key, remote.Value.Url, remote.Value.Endpoint, remote.Value.Region,
            remote.Key == settings.Default || settings.ByName.Count == 1,
        }).ToAsyncEnumerable());
}
