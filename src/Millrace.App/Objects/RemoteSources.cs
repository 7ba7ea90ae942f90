using Millrace.Objects;

namespace Millrace.App.Objects;

/// <summary>The remotes of a workspace as places where lost objects may be had. One that cannot be reached is said once
/// and left.</summary>
sealed class RemoteSources(Workspace workspace) : IDisposable
{
    readonly List<(string Name, ObjectRemote Remote)> _open = [];
    bool _isOpened;

    /// <summary>One for each remote, the default one first.</summary>
    public IReadOnlyList<Func<ContentHash, CancellationToken, Task<Stream?>>> Sources =>
        [FindAsync];

    /// <summary>The remotes that answer, the default one first.</summary>
    public async Task<IReadOnlyList<ObjectRemote>> OpenAsync(CancellationToken cancellationToken)
    {
        if (_isOpened)
            return [.. _open.Select(item => item.Remote)];
        _isOpened = true;
        var remotes = workspace.Settings.Remotes;
        foreach (var name in remotes.ByName.Keys.OrderBy(name => name != remotes.Default))
        {
            ObjectRemote? remote = null;
            try
            {
                remote = workspace.OpenRemote(name);
                await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
                _open.Add((name, remote));
            }
            catch (MillraceException exception)
            {
                remote?.Dispose();
                Console.Error.WriteLine($"Remote '{name}' is not asked: {exception.Message}");
            }
        }

        return [.. _open.Select(item => item.Remote)];
    }

    public void Dispose()
    {
        foreach (var (_, remote) in _open)
            remote.Dispose();
    }

    async Task<Stream?> FindAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        foreach (var remote in await OpenAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!await remote.ContainsAsync(hash, cancellationToken).ConfigureAwait(false))
                continue;
            var copy = new FileStream(
                Path.Join(workspace.Paths.Temporary, $"repair-{hash}"), new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.ReadWrite,
                    Options = FileOptions.DeleteOnClose,
                });
            try
            {
                await remote.CopyToAsync(hash, copy, cancellationToken).ConfigureAwait(false);
                copy.Position = 0;
                return copy;
            }
            catch (MillraceException exception)
            {
                await copy.DisposeAsync().ConfigureAwait(false);
                Console.Error.WriteLine($"Object {hash.Short} was not taken: {exception.Message}");
            }
        }

        return null;
    }
}
