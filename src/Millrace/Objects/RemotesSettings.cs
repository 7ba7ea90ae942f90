namespace Millrace.Objects;

/// <summary>What <c>remotes:</c> in millrace.yaml says.</summary>
public sealed record RemotesSettings
{
    // One map for all, so that equal settings are equal.
    static readonly SortedDictionary<string, RemoteSettings> None = new(StringComparer.Ordinal);

    /// <summary>The remotes by name, in the order of their names.</summary>
    public IReadOnlyDictionary<string, RemoteSettings> ByName { get; init; } = None;

    /// <summary>The name of the one that is meant when none is named; null when none is set.</summary>
    public string? Default { get; init; }

    /// <summary>The remote of that name; for null the default one, or the only one.</summary>
    /// <exception cref="MillraceException"><c>remote-unknown</c>.</exception>
    public (string Name, RemoteSettings Settings) Find(string? name)
    {
        var wanted = name ?? Default ?? (ByName.Count == 1 ? ByName.Keys.First() : null);
        if (wanted is not null && ByName.TryGetValue(wanted, out var settings))
            return (wanted, settings);
        var known = ByName.Count == 0 ? "there are none" : $"there are {string.Join(", ", ByName.Keys)}";
        throw new MillraceException(
            ErrorKind.NotFound, "remote-unknown",
            wanted is null
                ? $"No remote is named and none is the default; {known}."
                : $"There is no remote '{wanted}'; {known}.",
            ByName.Count == 0 ? "Add one with 'millrace remote add NAME URL'."
                : "Name one that is in millrace.yaml under 'remotes:', or add it with 'millrace remote add NAME URL'.");
    }
}
