namespace Millrace.App.Versions;

/// <summary>Says when a checkout takes contents from a remote.</summary>
static class MissingContents
{
    public static void Announce(Workspace workspace)
    {
        if (workspace.Versions.FetchMissing is not { } fetch || workspace.Settings.Remotes.ByName.Count == 0)
            return;
        workspace.Versions.FetchMissing = async (missing, cancellationToken) =>
        {
            var (name, _) = workspace.Settings.Remotes.Find(null);
            Console.Error.WriteLine($"Fetching {missing.Count:N0} contents that are not here from remote '{name}'.");
            await fetch(missing, cancellationToken).ConfigureAwait(false);
        };
    }
}
