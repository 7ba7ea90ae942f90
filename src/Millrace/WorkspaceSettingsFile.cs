using Millrace.Lineage;
using YamlDotNet.RepresentationModel;

namespace Millrace;

/// <summary>Reads and changes single settings of a millrace.yaml by a key such as <c>versions.author</c>. Every other
/// line stays as it is, comments too; what comes out is read back before it is written.</summary>
public static class WorkspaceSettingsFile
{
    const string AnyName = "*";

    static readonly string[] RemoteKeys =
    [
        "url", "endpoint", "region", "path-style", "access-key-env", "secret-key-env", "profile", "credentials-file",
        "credentials-command",
    ];

    /// <summary>The keys that there are; <c>*</c> stands for a remote's name.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "catalog.kind", "catalog.connection", "catalog.schema", "catalog.password-env",
        "objects.cache", "objects.encryption.key-file", "objects.encryption.key-env",
        .. RemoteKeys.Select(key => $"objects.{key}"),
        "remotes.default", .. RemoteKeys.Select(key => $"remotes.*.{key}"),
        "versions.author", "versions.checkout", "hooks.pre-commit", "sql.allow",
    ];

    /// <summary>Every setting that the file has, in its order. The items of a list are numbered from 0.</summary>
    /// <exception cref="MillraceException"><c>settings-invalid</c>.</exception>
    public static IReadOnlyList<(string Key, string Value)> List(string file)
    {
        var found = new List<(string, string)>();
        if (WorkspaceSettingsEditor.Open(file).Root is { } root)
            Collect(root, "", found);
        return found;
    }

    /// <summary>One setting; null when the file does not have it.</summary>
    /// <exception cref="MillraceException"><c>setting-unknown</c>, <c>settings-invalid</c>.</exception>
    public static string? Get(string file, string key)
    {
        Check(key);
        var values = List(file).Where(item => item.Key == key
            || item.Key.StartsWith(key + ".", StringComparison.Ordinal)).Select(item => item.Value).ToList();
        return values.Count == 0 ? null : string.Join('\n', values);
    }

    /// <summary>Sets one setting.</summary>
    /// <exception cref="MillraceException"><c>setting-unknown</c>, <c>settings-invalid</c>: also for a credential.
    /// </exception>
    public static void Set(string file, string key, string value)
    {
        Check(key);
        if (key is "hooks.pre-commit" or "sql.allow")
        {
            throw new MillraceException(
                ErrorKind.Invalid, "settings-invalid", $"'{key}' is a list and not a single value.",
                $"Change it in '{file}'.");
        }

        var editor = WorkspaceSettingsEditor.Open(file);
        editor.Set(value, Names(key));
        editor.Save();
    }

    /// <summary>Takes one setting away, with mappings that this empties.</summary>
    /// <returns>False when the file did not have it.</returns>
    /// <exception cref="MillraceException"><c>setting-unknown</c>, <c>settings-invalid</c>.</exception>
    public static bool Unset(string file, string key)
    {
        Check(key);
        var editor = WorkspaceSettingsEditor.Open(file);
        if (!editor.Remove(Names(key)))
            return false;
        editor.Save();
        return true;
    }

    static void Check(string key)
    {
        var names = Names(key);
        var isKnown = Keys.Any(known => Matches(known.Split('.'), names));
        if (isKnown)
            return;
        var pattern = names.Length > 1 && names[0] == "remotes" && names[^1] != "default"
            ? $"remotes.{AnyName}.{names[^1]}" : key;
        var near = Keys.Select(known => (Known: known, Distance: Nearness.Distance(known, pattern)))
            .OrderBy(item => item.Distance).First();
        var shown = names.Length > 2 ? near.Known.Replace(AnyName, names[1], StringComparison.Ordinal) : near.Known;
        throw new MillraceException(
            ErrorKind.Invalid, "setting-unknown", $"'{key}' is not a setting.",
            near.Distance <= 1 + (key.Length / 4)
                ? $"Did you mean '{shown}'?" : $"There are {string.Join(", ", Keys)}.");
    }

    static bool Matches(string[] pattern, string[] names) => pattern.Length == names.Length
        && !pattern.Where((part, i) => part == AnyName ? !WorkspaceSettings.IsRemoteName(names[i]) : part != names[i])
            .Any();

    /// <summary>A remote's name may have dots.</summary>
    static string[] Names(string key)
    {
        var names = key.Split('.');
        return names.Length > 3 && names[0] == "remotes"
            ? [names[0], string.Join('.', names[1..^1]), names[^1]] : names;
    }

    static void Collect(YamlMappingNode mapping, string prefix, List<(string, string)> found)
    {
        foreach (var (key, value) in mapping)
        {
            var name = prefix + ((YamlScalarNode)key).Value;
            if (value is YamlMappingNode below)
                Collect(below, name + ".", found);
            else if (value is YamlSequenceNode items)
                found.AddRange(items.Select((item, i) => ($"{name}.{i}", ((YamlScalarNode)item).Value ?? "")));
            else
                found.Add((name, ((YamlScalarNode)value).Value ?? ""));
        }
    }
}
