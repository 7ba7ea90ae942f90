using System.Globalization;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Remotes;

/// <summary>Branches and tags on a remote, each a file that is changed by compare-and-swap.</summary>
sealed class RemoteRefs(IObjectBackend backend)
{
    /// <summary>More refs than these are not read.</summary>
    const int CountMax = 100_000;

    /// <summary>Refs that are read at once.</summary>
    const int ReadsMax = 8;

    /// <summary>Every branch and tag.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="skipsDamaged">Whether those that are damaged are left out.</param>
    /// <exception cref="MillraceException"><c>remote-damaged</c>, <c>remote-unavailable</c>.</exception>
    public async Task<List<RemoteRef>> ListAsync(CancellationToken cancellationToken, bool skipsDamaged = false) =>
        (await ListAllAsync(cancellationToken, skipsDamaged).ConfigureAwait(false)).Refs;

    /// <summary>Every branch and tag, and the names of what tells of erasures.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="skipsDamaged">Whether those that are damaged are left out.</param>
    /// <exception cref="MillraceException"><c>remote-damaged</c>, <c>remote-unavailable</c>.</exception>
    public async Task<RemoteListing> ListAllAsync(CancellationToken cancellationToken, bool skipsDamaged = false)
    {
        var names = new List<(RemoteRefKind Kind, string Name)>();
        var erasures = new List<(string Id, int Part)>();
        await foreach (var file in backend.ListAsync(RemoteRef.Folder, cancellationToken).ConfigureAwait(false))
        {
            if (RemoteErasure.TryParseFile(file.Name) is { } erasure)
            {
                erasures.Add(erasure);
                if (erasures.Count > CountMax)
                    throw Damaged(RemoteErasure.Folder, $"it tells of more than {CountMax} erasures");
                continue;
            }

            if (RemoteRef.TryParseFile(file.Name) is not { } name)
                continue;
            names.Add(name);
            if (names.Count > CountMax)
                throw Damaged(RemoteRef.Folder, $"it has more than {CountMax} refs");
        }

        var found = new RemoteRef?[names.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, names.Count),
            new ParallelOptions { MaxDegreeOfParallelism = ReadsMax, CancellationToken = cancellationToken },
            async (i, cancel) =>
                found[i] = (await ReadAsync(names[i].Kind, names[i].Name, cancel, skipsDamaged)
                    .ConfigureAwait(false)).Ref)
            .ConfigureAwait(false);
        return new RemoteListing([.. found.OfType<RemoteRef>()], erasures);
    }

    /// <summary>The parts of erasures that the remote tells of.</summary>
    public async Task<List<(string Id, int Part)>> ListErasuresAsync(CancellationToken cancellationToken)
    {
        var erasures = new List<(string Id, int Part)>();
        await foreach (var file in backend.ListAsync(RemoteErasure.Folder, cancellationToken).ConfigureAwait(false))
        {
            if (RemoteErasure.TryParseFile(file.Name) is not { } erasure)
                continue;
            erasures.Add(erasure);
            if (erasures.Count > CountMax)
                throw Damaged(RemoteErasure.Folder, $"it tells of more than {CountMax} erasures");
        }

        return erasures;
    }

    /// <summary>What one part of an erasure took away; null when it is not there any more.</summary>
    public async Task<RemoteErasure?> ReadErasureAsync(string id, int part, CancellationToken cancellationToken)
    {
        var file = $"{RemoteErasure.Folder}{id}-{part.ToString(CultureInfo.InvariantCulture)}";
        return await backend.ReadAsync(file, cancellationToken).ConfigureAwait(false) is { } value
            ? RemoteErasure.TryRead(id, part, value.Bytes) ?? throw Damaged(file, "it tells of no erasure") : null;
    }

    /// <summary>Tells of a part of an erasure; one that is there stays.</summary>
    public Task PutErasureAsync(RemoteErasure erasure, CancellationToken cancellationToken) =>
        backend.TryPutAsync(erasure.File, erasure.ToBytes(), cancellationToken);

    /// <summary>One branch or tag, and what tells its content apart.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="skipsDamaged">Whether one that is damaged is none, with a tag to replace it by.</param>
    /// <returns>Nulls when there is none.</returns>
    public async Task<(RemoteRef? Ref, string? Tag)> ReadAsync(
        RemoteRefKind kind, string name, CancellationToken cancellationToken, bool skipsDamaged = false)
    {
        var file = RemoteRef.FileOf(kind, name);
        if (await backend.ReadAsync(file, cancellationToken).ConfigureAwait(false) is not { } value)
            return (null, null);
        var found = RemoteRef.TryRead(kind, name, value.Bytes);
        return found is null && !skipsDamaged ? throw Damaged(file, "it is no ref") : (found, value.Tag);
    }

    /// <summary>Makes or moves a ref, if it is still as it was read.</summary>
    /// <param name="value">What it shall be.</param>
    /// <param name="tag">What told the content apart that was read; null when there was none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>ref-moved</c>.</exception>
    public async Task MoveAsync(RemoteRef value, string? tag, CancellationToken cancellationToken)
    {
        var isMoved = tag is null
            ? await backend.TryPutAsync(value.File, value.ToBytes(), cancellationToken).ConfigureAwait(false)
            : await backend.TryReplaceAsync(value.File, value.ToBytes(), tag, cancellationToken).ConfigureAwait(false);
        if (!isMoved)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "ref-moved",
                $"Somebody else moved '{value.Name}' on '{backend.Description}' meanwhile.",
                "Bring theirs with 'millrace pull', then push again. What was sent stays there.");
        }
    }

    /// <summary>Deletes a ref, if it still points where it did.</summary>
    /// <exception cref="MillraceException"><c>ref-moved</c>.</exception>
    public async Task DeleteAsync(RemoteRef value, CancellationToken cancellationToken)
    {
        var (now, tag) = await ReadAsync(value.Kind, value.Name, cancellationToken).ConfigureAwait(false);
        if (now?.Commit != value.Commit
            || !await backend.TryDeleteAsync(value.File, tag!, cancellationToken).ConfigureAwait(false))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "ref-moved",
                $"Somebody else moved or deleted '{value.Name}' on '{backend.Description}' meanwhile.",
                "See with 'millrace fetch' where it is now, then run the command again.");
        }
    }

    MillraceException Damaged(string file, string fact) => new(
        ErrorKind.Corrupt, "remote-damaged", $"'{file}' of remote '{backend.Description}' cannot be used: {fact}.",
        "'millrace push REMOTE NAME --force' from a workspace that has the branch or tag writes it anew.");
}
