using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Millrace;

/// <summary>What <c>millrace.yaml</c> says: what is where. Everything has an embedded default.</summary>
public sealed partial record WorkspaceSettings
{
    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public string CatalogKind { get; init; } = "sqlite";

    /// <summary>For PostgreSQL: an Npgsql connection string without a password.</summary>
    public string CatalogConnection { get; init; } = "";

    /// <summary>For PostgreSQL: the schema that holds the catalog.</summary>
    public string CatalogSchema { get; init; } = "millrace";

    /// <summary>For PostgreSQL: the environment variable that holds the password, or null.</summary>
    public string? CatalogPasswordVariable { get; init; }

    /// <summary>Reads the settings; an absent file means the defaults.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>, naming the line.</exception>
    public static WorkspaceSettings Read(string file)
    {
        if (!File.Exists(file))
        {
            return new WorkspaceSettings();
        }

        using var reader = File.OpenText(file);
        return Read(file, reader);
    }

    /// <summary>Reads settings from text.</summary>
    /// <param name="file">What errors name.</param>
    /// <param name="text">The settings.</param>
    /// <exception cref="MillraceException"><c>settings-invalid</c>, naming the line.</exception>
    internal static WorkspaceSettings Read(string file, TextReader text)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(text);
        }
        catch (YamlException exception)
        {
            throw Invalid(file, exception.Start.Line, exception.Message, exception);
        }

        if (yaml.Documents.Count == 0)
        {
            return new WorkspaceSettings();
        }

        var root = Mapping(file, yaml.Documents[0].RootNode);
        var settings = new WorkspaceSettings();
        foreach (var (key, value) in root)
        {
            settings = Text(file, key) switch
            {
                "catalog" => ReadCatalog(file, settings, Mapping(file, value)),
                "objects" => ReadObjects(file, settings, Mapping(file, value)),
                "remotes" => ReadRemotes(file, settings, Mapping(file, value)),
                "versions" => ReadVersions(file, settings, Mapping(file, value)),
                "hooks" => ReadHooks(file, settings, Mapping(file, value)),
                "sql" => ReadSql(file, settings, Mapping(file, value)),
                "engines" => ReadEngines(file, settings, Mapping(file, value)),
                "engine" => settings with { Engine = Text(file, value) },
                var other => throw Invalid(
                    file, key.Start.Line,
                    $"'{other}' is not a setting; there are catalog, objects, remotes, versions, hooks, sql, engines "
                    + "and engine",
                    null),
            };
        }

        return settings;
    }

    static WorkspaceSettings ReadCatalog(string file, WorkspaceSettings settings, YamlMappingNode catalog)
    {
        foreach (var (key, value) in catalog)
        {
            var name = Text(file, key);
            settings = name switch
            {
                "kind" when Text(file, value) is "sqlite" or "postgres" =>
                    settings with { CatalogKind = Text(file, value) },
                "kind" =>
                    throw Invalid(file, value.Start.Line, "'catalog: kind:' must be 'sqlite' or 'postgres'", null),
                "connection" when HasPassword(Text(file, value)) =>
                    throw Invalid(
                        file, value.Start.Line,
                        "a password must not stand in this file; name an environment variable with 'password-env:'",
                        null),
                "connection" => settings with { CatalogConnection = Text(file, value) },
                "schema" => settings with { CatalogSchema = Text(file, value) },
                "password-env" => settings with { CatalogPasswordVariable = Text(file, value) },
                _ => throw Invalid(
                    file, key.Start.Line,
                    $"'catalog: {name}:' is not a setting; there are kind, connection, schema and password-env", null),
            };
        }

        return settings.CatalogKind == "postgres" && settings.CatalogConnection.Length == 0
            ? throw Invalid(file, catalog.Start.Line, "'catalog: kind: postgres' needs 'connection:'", null)
            : settings;
    }

    // Npgsql also knows a password by the names PWD and PSW.
    static bool HasPassword(string connection) => connection.Split(';').Select(part => part.Split('=')[0].Trim()).Any(
        key => key.Contains("password", StringComparison.OrdinalIgnoreCase)
            || key.Equals("pwd", StringComparison.OrdinalIgnoreCase)
            || key.Equals("psw", StringComparison.OrdinalIgnoreCase));

    static YamlMappingNode Mapping(string file, YamlNode node) => node as YamlMappingNode
        ?? throw Invalid(file, node.Start.Line, "a mapping of names to values was expected", null);

    static string Text(string file, YamlNode node) => (node as YamlScalarNode)?.Value
        ?? throw Invalid(file, node.Start.Line, "a text was expected", null);

    static MillraceException Invalid(string file, long line, string message, Exception? inner) => new(
        ErrorKind.Invalid, "settings-invalid", $"Line {line} of '{file}': {message}.",
        "Correct that line; 'docs/guide/workspace.md' shows every setting.", inner);
}
