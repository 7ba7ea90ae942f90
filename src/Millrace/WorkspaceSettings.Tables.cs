using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tables;
using YamlDotNet.RepresentationModel;

namespace Millrace;

partial record WorkspaceSettings
{
    /// <summary>Where the tables are.</summary>
    public TableSettings Tables { get; init; } = new();

    static WorkspaceSettings ReadTables(string file, WorkspaceSettings settings, YamlMappingNode tables)
    {
        var read = settings.Tables;
        RemoteSettings? place = null;
        foreach (var (key, value) in tables)
        {
            if (Text(file, key) == "cache")
            {
                read = ObjectSettings.TryParseSize(Text(file, value), out var bytes)
                    ? read with { CacheSizeBytes = bytes }
                    : throw Invalid(
                        file, value.Start.Line, "'tables: cache:' must be a size such as 20GB or 500MiB", null);
            }
            else
            {
                place = ReadRemoteKey(file, "tables", place ?? new RemoteSettings { Url = "" }, key, value);
            }
        }

        if (place is { Url.Length: 0 })
            throw Invalid(file, tables.Start.Line, "'tables:' needs 'url:' with these settings", null);
        return place is null || BackendAddress.Parse(place.Url, "/").IsS3
            ? settings with { Tables = read with { Place = place } }
            : throw Invalid(
                file, tables.Start.Line,
                "'tables: url:' must be s3://bucket/prefix; without it the tables are in '.millrace/tables'", null);
    }
}
