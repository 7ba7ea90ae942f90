using Millrace.Objects;
using Millrace.Objects.Backends;
using YamlDotNet.RepresentationModel;

namespace Millrace;

partial record WorkspaceSettings
{
    const int RemoteNameMax = 64;
    const string NoCredentials =
        "credentials must not stand in this file; name where they are with 'access-key-env:' and 'secret-key-env:', "
        + "'profile:', 'credentials-file:' or 'credentials-command:'";

    /// <summary>Where the object store is.</summary>
    public ObjectSettings Objects { get; init; } = new();

    /// <summary>Where objects are pushed to and fetched from.</summary>
    public RemotesSettings Remotes { get; init; } = new();

    /// <summary>Whether a remote may have the name.</summary>
    internal static bool IsRemoteName(string name) =>
        name.Length is > 0 and <= RemoteNameMax && name != "default" && char.IsAsciiLetterOrDigit(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');

    static WorkspaceSettings ReadObjects(string file, WorkspaceSettings settings, YamlMappingNode objects)
    {
        var read = settings.Objects;
        RemoteSettings? place = null;
        foreach (var (key, value) in objects)
        {
            var name = Text(file, key);
            if (name == "cache")
            {
                read = ObjectSettings.TryParseSize(Text(file, value), out var bytes)
                    ? read with { CacheSizeBytes = bytes }
                    : throw Invalid(
                        file, value.Start.Line, "'objects: cache:' must be a size such as 20GB or 500MiB", null);
            }
            else if (name == "encryption")
            {
                read = ReadEncryption(file, read, Mapping(file, value));
            }
            else
            {
                place = ReadRemoteKey(file, "objects", place ?? new RemoteSettings { Url = "" }, key, value);
            }
        }

        if (place is { Url.Length: 0 })
            throw Invalid(file, objects.Start.Line, "'objects:' needs 'url:' with these settings", null);
        return settings with { Objects = read with { Place = place } };
    }

    static ObjectSettings ReadEncryption(string file, ObjectSettings settings, YamlMappingNode encryption)
    {
        foreach (var (key, value) in encryption)
        {
            settings = Text(file, key) switch
            {
                "key-file" => settings with { KeyFile = Text(file, value) },
                "key-env" => settings with { KeyVariable = Variable(file, "objects: encryption: key-env", value) },
                "key" => throw Invalid(
                    file, value.Start.Line,
                    "a key must not stand in this file; name where it is with 'key-file:' or 'key-env:'", null),
                var other => throw Invalid(
                    file, key.Start.Line,
                    $"'objects: encryption: {other}:' is not a setting; there are key-file and key-env", null),
            };
        }

        return (settings.KeyFile is null) == (settings.KeyVariable is null)
            ? throw Invalid(file, encryption.Start.Line, "'objects: encryption:' needs 'key-file:' or 'key-env:'", null)
            : settings;
    }

    static WorkspaceSettings ReadRemotes(string file, WorkspaceSettings settings, YamlMappingNode remotes)
    {
        var byName = new SortedDictionary<string, RemoteSettings>(StringComparer.Ordinal);
        string? chosen = null;
        foreach (var (key, value) in remotes)
        {
            var name = Text(file, key);
            if (name == "default")
            {
                chosen = Text(file, value);
                continue;
            }

            if (!IsRemoteName(name))
            {
                throw Invalid(
                    file, key.Start.Line,
                    $"'{name}' cannot name a remote; use up to {RemoteNameMax} letters, digits, '.', '_' and '-'",
                    null);
            }

            var remote = new RemoteSettings { Url = "" };
            foreach (var (setting, given) in Mapping(file, value))
                remote = ReadRemoteKey(file, $"remotes: {name}", remote, setting, given);
            byName[name] = remote.Url.Length > 0
                ? remote
                : throw Invalid(file, key.Start.Line, $"'remotes: {name}:' needs 'url:'", null);
        }

        if (chosen is not null && !byName.ContainsKey(chosen))
        {
            throw Invalid(
                file, remotes.Start.Line, $"'remotes: default:' names '{chosen}', which is not among the remotes",
                null);
        }

        return settings with { Remotes = new RemotesSettings { ByName = byName, Default = chosen } };
    }

    static RemoteSettings ReadRemoteKey(
        string file, string place, RemoteSettings remote, YamlNode key, YamlNode value)
    {
        var name = Text(file, key);
        return name switch
        {
            "url" => remote with { Url = Url(file, value) },
            "endpoint" => remote with { Endpoint = Endpoint(file, place, value) },
            "region" => remote with { Region = Text(file, value) },
            "path-style" => remote with { PathStyle = Flag(file, place, value) },
            "access-key-env" => remote with { AccessKeyVariable = Variable(file, $"{place}: {name}", value) },
            "secret-key-env" => remote with { SecretKeyVariable = Variable(file, $"{place}: {name}", value) },
            "profile" => remote with { Profile = Text(file, value) },
            "credentials-file" => remote with { CredentialsFile = Text(file, value) },
            "credentials-command" => remote with { CredentialsCommand = Text(file, value) },
            _ when name.Contains("key", StringComparison.OrdinalIgnoreCase)
                || name.Contains("secret", StringComparison.OrdinalIgnoreCase)
                || name.Contains("token", StringComparison.OrdinalIgnoreCase)
                || name.Contains("password", StringComparison.OrdinalIgnoreCase) =>
                throw Invalid(file, key.Start.Line, NoCredentials, null),
            _ => throw Invalid(
                file, key.Start.Line,
                $"'{place}: {name}:' is not a setting; there are url, endpoint, region, path-style, access-key-env, "
                + "secret-key-env, profile, credentials-file and credentials-command",
                null),
        };
    }

    static string Url(string file, YamlNode value)
    {
        var url = Text(file, value);
        try
        {
            BackendAddress.Parse(url, "/");
            return url;
        }
        catch (MillraceException exception)
        {
            throw Invalid(file, value.Start.Line, exception.Message.TrimEnd('.'), exception);
        }
    }

    static string Endpoint(string file, string place, YamlNode value) =>
        Uri.TryCreate(Text(file, value), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && uri.UserInfo.Length == 0
            ? Text(file, value)
            : throw Invalid(
                file, value.Start.Line, $"'{place}: endpoint:' must be http://host:port or https://host", null);

    static bool Flag(string file, string place, YamlNode value) => Text(file, value) switch
    {
        "true" => true,
        "false" => false,
        _ => throw Invalid(file, value.Start.Line, $"'{place}: path-style:' must be true or false", null),
    };

    /// <summary>The name of a variable; what is none may be a secret by mistake, and is not shown.</summary>
    static string Variable(string file, string place, YamlNode value)
    {
        var name = Text(file, value);
        return name.Length > 0 && !char.IsAsciiDigit(name[0])
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
                ? name
                : throw Invalid(
                    file, value.Start.Line, $"'{place}:' must be the name of an environment variable", null);
    }
}
