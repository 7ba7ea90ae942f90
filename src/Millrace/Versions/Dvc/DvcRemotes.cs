using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Dvc;

/// <summary>The remotes that a project's configuration has: folders and buckets of S3 are read, what else there is
/// keeps its objects until <c>dvc fetch</c> brings them into the cache.</summary>
/// <remarks>Keys of a remote are those of DVC 3: <c>url</c>, and for S3 <c>endpointurl</c>, <c>region</c>,
/// <c>profile</c>, <c>credentialpath</c>, <c>access_key_id</c>, <c>secret_access_key</c>, <c>session_token</c>,
/// <c>allow_anonymous_login</c>, <c>use_ssl</c>.</remarks>
static class DvcRemotes
{
    const string Reference = "remote://";
    const string FileScheme = "file://";
    const string ServiceScheme = "s3://";

    /// <summary>A remote's url may begin at another remote, and that at another.</summary>
    const int ReferencesMax = 8;

    public static IEnumerable<DvcSource> Folders(DvcConfig config, string dvcFolder) => All(config)
        .Where(remote => IsFolder(remote.Url)).Select(remote => Folder(remote.Url, dvcFolder));

    public static List<DvcSource> Services(DvcConfig config) =>
        [.. All(config).Where(remote => IsService(remote.Url)).Select(remote => Service(remote.Url, remote.Keys))];

    public static List<string> Unread(DvcConfig config) => [.. All(config)
        .Where(remote => !IsFolder(remote.Url) && !IsService(remote.Url))
        .Select(remote => $"'{remote.Name}' ({Shown(remote.Url)})")];

    public static DvcSource? Find(DvcConfig config, string dvcFolder, string name)
    {
        if (All(config).Find(remote => remote.Name == name) is not { Name: not null } found)
            return null;
        if (IsFolder(found.Url))
            return Folder(found.Url, dvcFolder);
        return IsService(found.Url) ? Service(found.Url, found.Keys) : throw new MillraceException(
            ErrorKind.Invalid, "dvc-remote-unsupported",
            $"Remote '{name}' is at '{Shown(found.Url)}', which is neither a folder nor s3://bucket/prefix.",
            $"Run 'dvc fetch -r {name}' in the project, which brings its objects into the cache.");
    }

    /// <summary>Every remote with a url, the default one first.</summary>
    static List<(string Name, string Url, IReadOnlyDictionary<string, string> Keys)> All(DvcConfig config)
    {
        var found = new List<(string, string, IReadOnlyDictionary<string, string>)>();
        foreach (var (name, keys) in config.Remotes.OrderBy(remote => remote.Key != config.DefaultRemote)
            .ThenBy(remote => remote.Key, StringComparer.Ordinal))
        {
            if (Resolve(config, keys) is { } remote)
                found.Add((name, remote.Url, remote.Keys));
        }

        return found;
    }

    /// <summary>A url with what it refers to; what is given by the remote itself stands before that.</summary>
    static (string Url, IReadOnlyDictionary<string, string> Keys)? Resolve(
        DvcConfig config, IReadOnlyDictionary<string, string> own)
    {
        var keys = new Dictionary<string, string>(own, StringComparer.Ordinal);
        var url = own.GetValueOrDefault("url");
        for (var i = 0; url?.StartsWith(Reference, StringComparison.Ordinal) == true; i++)
        {
            var (name, rest) = url[Reference.Length..].Split('/', 2) is [var before, var after]
                ? (before, $"/{after}") : (url[Reference.Length..], "");
            if (i == ReferencesMax || !config.Remotes.TryGetValue(name, out var other)
                || other.GetValueOrDefault("url") is not { } start)
            {
                return null;
            }

            url = start.TrimEnd('/') + rest;
            foreach (var (key, value) in other)
                keys.TryAdd(key, value);
        }

        return url is null ? null : (url, keys);
    }

    static bool IsFolder(string url) => !url.Contains("://", StringComparison.Ordinal)
        || url.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase);

    static bool IsService(string url) => url.StartsWith(ServiceScheme, StringComparison.OrdinalIgnoreCase);

    static DvcSource Folder(string url, string dvcFolder) =>
        DvcSource.OfFolder(BackendAddress.Parse(url, dvcFolder).Path);

    static DvcSource Service(string url, IReadOnlyDictionary<string, string> keys)
    {
        var settings = new RemoteSettings
        {
            Url = url,
            Endpoint = Endpoint(keys),
            Region = keys.GetValueOrDefault("region"),
            Profile = keys.GetValueOrDefault("profile"),
            CredentialsFile = keys.GetValueOrDefault("credentialpath"),
        };
        var pair = keys.TryGetValue("access_key_id", out var access)
            && keys.TryGetValue("secret_access_key", out var secret)
                ? S3KeyPair.Of(access, secret, keys.GetValueOrDefault("session_token"))
            : IsTrue(keys, "allow_anonymous_login") ? S3KeyPair.Anonymous : null;
        return DvcSource.OfService(BackendAddress.Parse(url, "/"), settings, pair);
    }

    static string? Endpoint(IReadOnlyDictionary<string, string> keys)
    {
        if (!keys.TryGetValue("endpointurl", out var endpoint) || endpoint.Contains("://", StringComparison.Ordinal))
            return endpoint;
        return keys.GetValueOrDefault("use_ssl")?.ToLowerInvariant() is "false" ? $"http://{endpoint}"
            : $"https://{endpoint}";
    }

    static bool IsTrue(IReadOnlyDictionary<string, string> keys, string key) =>
        keys.GetValueOrDefault(key)?.ToLowerInvariant() is "true" or "yes" or "on" or "1";

    /// <summary>Without a user's name and password.</summary>
    static string Shown(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) ? $"{uri.Scheme}://{uri.Host}{uri.AbsolutePath}" : "a url";
}
