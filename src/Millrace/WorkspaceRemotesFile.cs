using Millrace.Objects;

namespace Millrace;

/// <summary>Changes <c>remotes:</c> in a millrace.yaml and leaves every other line as it is, comments too.</summary>
public static class WorkspaceRemotesFile
{
    const string Key = "remotes";
    const string DefaultKey = "default";

    /// <summary>Adds a remote, and makes it the default when it is the first.</summary>
    /// <exception cref="MillraceException"><c>remote-exists</c>, <c>remote-name-invalid</c>,
    /// <c>settings-invalid</c>.</exception>
    public static void Add(string file, string name, RemoteSettings remote)
    {
        if (!WorkspaceSettings.IsRemoteName(name))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "remote-name-invalid", $"'{name}' cannot name a remote.",
                "Use up to 64 letters, digits, '.', '_' and '-', and not 'default'.");
        }

        var settings = WorkspaceSettings.Read(file);
        if (settings.Remotes.ByName.TryGetValue(name, out var known))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "remote-exists", $"There is a remote '{name}' already: {known.Url}.",
                "Remove it first, or choose another name.");
        }

        var editor = WorkspaceSettingsEditor.Open(file);
        foreach (var (key, value) in Lines(remote))
            editor.Set(value, Key, name, key);
        if (settings.Remotes.ByName.Count == 0 && settings.Remotes.Default is null)
            editor.Set(name, Key, DefaultKey);
        editor.Save();
    }

    /// <summary>Removes a remote from the file; nothing on the remote changes.</summary>
    /// <exception cref="MillraceException"><c>remote-unknown</c>, <c>settings-invalid</c>.</exception>
    public static void Remove(string file, string name)
    {
        var remotes = WorkspaceSettings.Read(file).Remotes;
        remotes.Find(name);
        var editor = WorkspaceSettingsEditor.Open(file);
        if (remotes.ByName.Count == 1 || remotes.Default == name)
            editor.Remove(Key, DefaultKey);
        editor.Remove(Key, name);
        editor.Save();
    }

    /// <summary>Makes a remote the one that is meant when none is named.</summary>
    /// <exception cref="MillraceException"><c>remote-unknown</c>, <c>settings-invalid</c>.</exception>
    public static void SetDefault(string file, string name)
    {
        WorkspaceSettings.Read(file).Remotes.Find(name);
        var editor = WorkspaceSettingsEditor.Open(file);
        editor.Set(name, Key, DefaultKey);
        editor.Save();
    }

    internal static IEnumerable<(string Key, string Value)> Lines(RemoteSettings remote)
    {
        (string Key, string? Value)[] all =
        [
            ("url", remote.Url), ("endpoint", remote.Endpoint), ("region", remote.Region),
            ("path-style", remote.PathStyle switch { true => "true", false => "false", null => null }),
            ("access-key-env", remote.AccessKeyVariable), ("secret-key-env", remote.SecretKeyVariable),
            ("profile", remote.Profile), ("credentials-file", remote.CredentialsFile),
            ("credentials-command", remote.CredentialsCommand),
        ];
        foreach (var (key, value) in all)
        {
            if (value is not null)
                yield return (key, value);
        }
    }
}
