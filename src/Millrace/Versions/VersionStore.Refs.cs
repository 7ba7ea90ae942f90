using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>Makes a branch.</summary>
    /// <exception cref="MillraceException"><c>branch-exists</c>, <c>ref-name</c>, <c>ref-unknown</c>.</exception>
    public async Task MakeBranchAsync(string name, string start, CancellationToken cancellationToken = default)
    {
        await CheckNewNameAsync(name, cancellationToken).ConfigureAwait(false);
        var commit = await ResolveAsync(start, cancellationToken).ConfigureAwait(false);
        if (await Refs.BranchAsync(name, cancellationToken).ConfigureAwait(false) is { } known)
            throw BranchExists(name, known);
        await Refs.MoveBranchAsync(name, null, commit, $"branch from {start}", Author, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Deletes a branch; its commits stay in the reflog for <see cref="RefStore.ReflogKept"/>.</summary>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, <c>branch-in-use</c>.</exception>
    public async Task DeleteBranchAsync(string name, CancellationToken cancellationToken = default)
    {
        if (_state.ReadHead().Branch == name)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "branch-in-use", $"The checkout is on branch '{name}'.",
                "Go to another one first with 'millrace checkout'.");
        }

        var commit = await Refs.BranchAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw UnknownRevision(name);
        await Refs.MoveBranchAsync(name, commit, null, "branch -d", Author, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Renames a branch.</summary>
    /// <param name="name">Its name; or the new name of the current branch, when <paramref name="newName"/> is null.
    /// </param>
    /// <param name="newName">The new name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, <c>ref-moved</c>, <c>ref-name</c>.</exception>
    public async Task RenameBranchAsync(string name, string? newName, CancellationToken cancellationToken = default)
    {
        using var held = _state.Lock(cancellationToken);
        var head = _state.ReadHead();
        var (from, to) = newName is null
            ? (head.Branch ?? throw UnknownRevision("HEAD"), name) : (name, newName);
        await CheckNewNameAsync(to, cancellationToken).ConfigureAwait(false);
        var author = Author;
        var isThere = await _catalog.WriteAsync(
            session =>
            {
                if (RefStore.Branch(session, from) is not { } commit)
                    return false;
                // Deleted first: 'a' may become 'a/b'.
                RefStore.MoveBranch(session, from, commit, null, $"branch -m to {to}", author);
                RefStore.MoveBranch(session, to, null, commit, $"branch -m from {from}", author);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        if (!isThere && head.Branch != from)
            throw UnknownRevision(from);
        if (head.Branch == from)
            _state.WriteHead(new HeadState(to, null));
    }

    /// <summary>Puts a tag.</summary>
    /// <exception cref="MillraceException"><c>tag-exists</c>, <c>ref-name</c>, <c>ref-unknown</c>.</exception>
    public async Task MakeTagAsync(
        string name, string revision, string? message, CancellationToken cancellationToken = default)
    {
        await CheckNewNameAsync(name, cancellationToken).ConfigureAwait(false);
        var commit = await ResolveAsync(revision, cancellationToken).ConfigureAwait(false);
        await Refs.AddTagAsync(name, commit, message, Author, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes a tag.</summary>
    /// <exception cref="MillraceException"><c>ref-unknown</c>.</exception>
    public Task DeleteTagAsync(string name, CancellationToken cancellationToken = default) =>
        Refs.DeleteTagAsync(name, Author, cancellationToken);

    static MillraceException BranchExists(string name, ContentHash at) => new(
        ErrorKind.Conflict, "branch-exists", $"There is a branch '{name}' already, at {at.Short}.",
        $"Choose another name, or go to it with 'millrace checkout {name}'.");

    /// <summary>Refuses a name under which something else is found today.</summary>
    async Task CheckNewNameAsync(string name, CancellationToken cancellationToken)
    {
        RefName.CheckNew(name);
        var remotes = await _catalog.ReadAsync(session => RemoteBranches(session, name), cancellationToken)
            .ConfigureAwait(false);
        if (remotes.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "ref-name", $"'{name}' is a branch of a remote.",
                "Choose another name: a command could not tell which is meant.");
        }
    }
}
