using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Tables.Places;

/// <summary>Opens the place that settings name.</summary>
static class TablePlace
{
    /// <param name="folder">A folder in the workspace's <c>.millrace</c>: that of the tables, or of files that are on
    /// their way to another place.</param>
    /// <param name="settings">What the workspace's settings say of it.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="MillraceException"><c>remote-credentials</c>, <c>remote-url-invalid</c>.</exception>
    public static ITablePlace Open(string folder, TableSettings settings, TimeProvider time) =>
        settings.Place is { } place
            ? OpenBucket(folder, place, settings.CacheSizeBytes, time) : new LocalTablePlace(folder);

    static S3TablePlace OpenBucket(string folder, RemoteSettings place, long cacheSize, TimeProvider time)
    {
        var data = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        var workspace = Path.GetDirectoryName(data) ?? data;
        if (place.CredentialsFile is { } file)
        {
            place = place with { CredentialsFile = Path.GetFullPath(file, workspace) };
        }

        var address = BackendAddress.Parse(place.Url, workspace);
        return new S3TablePlace(
            address.ToString(), new S3Backend(address, place), folder,
            new TableCache(Path.Combine(data, "cache", "tables"), cacheSize, time));
    }
}
