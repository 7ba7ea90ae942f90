using Millrace.Tables.Edits;
using Millrace.Tables.Engines;
using YamlDotNet.RepresentationModel;

namespace Millrace;

public sealed partial record WorkspaceSettings
{
    static readonly IReadOnlyDictionary<string, EngineSettings> NoEngines = new Dictionary<string, EngineSettings>();

    /// <summary>The engines beside DuckDB, by name.</summary>
    public IReadOnlyDictionary<string, EngineSettings> Engines { get; init; } = NoEngines;

    /// <summary>The engine that queries run on when none is named; null is DuckDB, here.</summary>
    public string? Engine { get; init; }

    /// <summary>An engine by its name; null is the one that the settings name.</summary>
    /// <returns>Null for DuckDB.</returns>
    /// <exception cref="MillraceException"><c>engine-unknown</c>.</exception>
    public EngineSettings? FindEngine(string? name)
    {
        if ((name ?? Engine) is not { } wanted || wanted == DuckDb)
            return null;
        return Engines.TryGetValue(wanted, out var engine) ? engine : throw new MillraceException(
            ErrorKind.NotFound, "engine-unknown", $"There is no engine '{wanted}'.",
            Engines.Count == 0 ? "Say where it is in millrace.yaml under 'engines:'; 'duckdb' is always there."
                : $"There are {string.Join(", ", Engines.Keys.Append(DuckDb))}.");
    }

    const string DuckDb = "duckdb";

    static WorkspaceSettings ReadEngines(string file, WorkspaceSettings settings, YamlMappingNode engines)
    {
        var read = new Dictionary<string, EngineSettings>(StringComparer.Ordinal);
        foreach (var (key, value) in engines)
        {
            var name = Text(file, key);
            if (!IsRemoteName(name) || name == DuckDb)
            {
                throw Invalid(
                    file, key.Start.Line,
                    $"'{name}' cannot name an engine; use up to 64 letters, digits, '.', '_' and '-', not 'default' or "
                    + $"'{DuckDb}'", null);
            }

            read[name] = ReadEngine(file, name, Mapping(file, value));
        }

        return settings with { Engines = read };
    }

    static EngineSettings ReadEngine(string file, string name, YamlMappingNode engine)
    {
        var read = new EngineSettings { Name = name };
        foreach (var (key, value) in engine)
        {
            read = Text(file, key) switch
            {
                "kind" when Text(file, value) == "clickhouse" => read,
                "kind" => throw Invalid(file, value.Start.Line, "the kind of an engine must be 'clickhouse'", null),
                "url" => read with { Url = Address(file, value) },
                "user" => read with { User = Text(file, value) },
                "password" => throw Invalid(
                    file, value.Start.Line,
                    "a password must not stand in this file; name where it is with 'password-env:' or 'password-file:'",
                    null),
                "password-env" => read with { PasswordVariable = Text(file, value) },
                "password-file" => read with { PasswordFile = Text(file, value) },
                "ca-file" => read with { AuthorityFile = Text(file, value) },
                "insecure" => read with { IsInsecure = Flag(file, value) },
                "cluster" => read with { Cluster = Text(file, value) },
                "database" => read with { Database = Text(file, value) },
                "tables" => ReadTables(file, read, Mapping(file, value)),
                "nodes" when value is YamlSequenceNode nodes =>
                    read with { Nodes = [.. nodes.Select(node => Address(file, node))] },
                "timeout" when Retention.TryParse(Text(file, value), out var span) && span > TimeSpan.Zero =>
                    read with { Timeout = span },
                "settings" => read with { Settings = ReadServerSettings(file, Mapping(file, value)) },
                var other => throw Invalid(
                    file, key.Start.Line,
                    $"'engines: {name}: {other}:' is not a setting, or not written so; there are kind, url, user, "
                    + "password-env, password-file, ca-file, insecure, cluster, database, tables, nodes (a list), "
                    + "timeout (such as 30m) and settings", null),
            };
        }

        return read.AccessKeyVariable is null == read.SecretKeyVariable is null ? read : throw Invalid(
            file, engine.Start.Line, "'access-key-env:' and 'secret-key-env:' come together", null);
    }

    static EngineSettings ReadTables(string file, EngineSettings engine, YamlMappingNode tables)
    {
        foreach (var (key, value) in tables)
        {
            engine = Text(file, key) switch
            {
                "path" => engine with { TablesPath = Text(file, value) },
                "s3" => engine with { TablesUrl = Address(file, value).ToString() },
                "access-key-env" => engine with { AccessKeyVariable = Text(file, value) },
                "secret-key-env" => engine with { SecretKeyVariable = Text(file, value) },
                var other => throw Invalid(
                    file, key.Start.Line,
                    $"'tables: {other}:' is not a setting; there are path, s3, access-key-env and secret-key-env",
                    null),
            };
        }

        return engine.TablesPath is null || engine.TablesUrl is null ? engine : throw Invalid(
            file, tables.Start.Line, "'tables:' has either 'path:' or 's3:'", null);
    }

    static Dictionary<string, string> ReadServerSettings(string file, YamlMappingNode settings)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in settings)
        {
            var name = Text(file, key);
            read[name] = !ServerSettings.IsOurs(name) ? Text(file, value) : throw Invalid(
                file, key.Start.Line, $"'{name}' must stay as it is, or answers would be others or a part", null);
        }

        return read;
    }

    static Uri Address(string file, YamlNode node) => Uri.TryCreate(Text(file, node), UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 ? address : throw Invalid(
            file, node.Start.Line, $"'{Text(file, node)}' is not an address such as 'https://host:8443'", null);

    static bool Flag(string file, YamlNode node) => Text(file, node) switch
    {
        "true" => true,
        "false" => false,
        _ => throw Invalid(file, node.Start.Line, "'true' or 'false' was expected", null),
    };
}
