using System.Globalization;

namespace Millrace.Tables.Engines;

/// <summary>How a server reads a table in place: as a Delta table at the very version that is meant.</summary>
/// <param name="settings">Where the server finds tables.</param>
sealed class TableReach(EngineSettings settings)
{
    const string Hidden = "***";

    /// <summary>The rows of a snapshot as a query in parentheses.</summary>
    /// <param name="snapshot">The table.</param>
    /// <param name="showsSecrets">Whether keys stand in it; otherwise it is for people.</param>
    /// <exception cref="MillraceException"><c>engine-settings</c>, <c>engine-feature</c>.</exception>
    public string Sql(TableSnapshot snapshot, bool showsSecrets) => string.Create(
        CultureInfo.InvariantCulture,
        $"(select {string.Join(", ", snapshot.Schema.Columns.Select(column => ClickHouseText.Name(column.Name)))} "
        + $"from {Function(snapshot, showsSecrets)} settings delta_lake_snapshot_version = {snapshot.Version})");

    string Function(TableSnapshot snapshot, bool showsSecrets)
    {
        var name = Path.GetFileName(snapshot.Folder);
        if (settings.TablesUrl is { } url)
        {
            var place = $"{url.TrimEnd('/')}/{Uri.EscapeDataString(name)}/";
            var arguments = new List<string> { ClickHouseText.Text(place) };
            if (settings.AccessKeyVariable is { } access)
            {
                arguments.Add(ClickHouseText.Text(showsSecrets ? Secret(access) : Hidden));
                arguments.Add(ClickHouseText.Text(showsSecrets ? Secret(settings.SecretKeyVariable!) : Hidden));
            }

            return settings.Cluster is { } cluster
                ? $"deltaLakeCluster({ClickHouseText.Text(cluster)}, {string.Join(", ", arguments)})"
                : $"deltaLake({string.Join(", ", arguments)})";
        }

        if (settings.Cluster is not null)
        {
            throw Fault(
                "shares the work of a cluster, which reads tables only over S3",
                "Say where the tables are with 'tables: s3:', or take 'cluster:' out.");
        }

        var folder = settings.TablesPath is { } path ? $"{path.TrimEnd('/')}/{name}" : snapshot.Folder;
        return $"deltaLakeLocal({ClickHouseText.Text(folder)})";
    }

    string Secret(string variable) => Environment.GetEnvironmentVariable(variable) ?? throw Fault(
        $"needs the environment variable '{variable}', which is not set", $"Set '{variable}'.");

    MillraceException Fault(string what, string hint) => new(
        ErrorKind.Invalid, "engine-settings", $"Engine '{settings.Name}' {what}.", hint);
}
