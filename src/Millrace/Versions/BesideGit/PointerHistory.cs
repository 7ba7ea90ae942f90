using System.Text;
using System.Text.RegularExpressions;
using Millrace.Objects;

namespace Millrace.Versions.BesideGit;

/// <summary>The pointers that git can bring back: those of every commit that a branch, a tag, a work tree, a stash or
/// the reflog reaches, and of the index with all sides of a conflict.</summary>
/// <remarks>Three processes of git however long the history is: rev-list finds each text once, cat-file reads them.
/// </remarks>
sealed partial class PointerHistory(GitReader git)
{
    /// <summary>What stands at a pointer's path and is longer is no pointer.</summary>
    const int BlobSizeMax = 64 << 10;

    static readonly string Everywhere = $":(top)*{Pointer.Suffix}";

    /// <summary>Every hash that a pointer names, and whether it is a folder's.</summary>
    /// <param name="path">The path of one pointer's file from git's folder; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task<IReadOnlyDictionary<ContentHash, PointerMention>> ReadAsync(
        string? path, CancellationToken cancellationToken)
    {
        var where = path is null ? Everywhere : $":(literal){path}";
        var blobs = await ListAsync(["--all", "--reflog"], where, cancellationToken).ConfigureAwait(false);
        var staged = await git.RunAsync(["ls-files", "-s", "-z", "--", where], cancellationToken).ConfigureAwait(false);
        foreach (var line in staged.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (line[..tab].Split(' ') is ["100644" or "100755", var oid, _])
                blobs.TryAdd(oid, line[(tab + 1)..]);
        }

        var mentions = new Dictionary<ContentHash, PointerMention>();
        await ReadAsync(blobs, (place, bytes) => Take(mentions, place, bytes), cancellationToken).ConfigureAwait(false);
        return mentions;
    }

    /// <summary>The pointers in the workspace's folder that some commits reach and others do not; what cannot be read
    /// is passed over.</summary>
    /// <param name="tips">Commits.</param>
    /// <param name="known">Commits that count as reached, with all before them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task<List<Pointer>> BetweenAsync(
        IReadOnlyList<string> tips, IReadOnlyList<string> known, CancellationToken cancellationToken)
    {
        var blobs = await ListAsync(
            [.. tips, .. known.Select(commit => $"^{commit}")], $"*{Pointer.Suffix}", cancellationToken)
            .ConfigureAwait(false);
        var found = new List<Pointer>();
        await ReadAsync(
            blobs,
            (place, bytes) =>
            {
                try
                {
                    found.Add(Pointer.ParseAny(bytes, place));
                }
                catch (MillraceException)
                {
                    // A later commit mended it, or its tip is refused.
                }
            },
            cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>The path of each text that some revisions have at a place.</summary>
    async Task<Dictionary<string, string>> ListAsync(
        IEnumerable<string> revisions, string where, CancellationToken cancellationToken)
    {
        var blobs = new Dictionary<string, string>(StringComparer.Ordinal);
        var listed = await git.RunAsync(
            [
                "rev-list", "--objects", .. revisions, "--full-history",
                $"--filter=combine:object:type=blob+blob:limit={BlobSizeMax}", "--", where,
            ],
            cancellationToken).ConfigureAwait(false);
        foreach (var line in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0)
                blobs.TryAdd(line[..space], line[(space + 1)..]);
        }

        return blobs;
    }

    Task ReadAsync(
        Dictionary<string, string> blobs, Action<string, byte[]> take, CancellationToken cancellationToken) =>
        git.ReadAsync(
            [.. blobs.Select(blob => new GitFile(blob.Value, blob.Key, 0, false))],
            (file, bytes) => take(file.Path, bytes), cancellationToken);

    /// <summary>Takes what a text mentions. One that is no valid pointer, as of a conflict, may hold several.</summary>
    public static void Take(Dictionary<ContentHash, PointerMention> mentions, string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BlobSizeMax)
            return;
        try
        {
            var pointer = Pointer.ParseAny(bytes, path);
            Add(pointer.Hash, pointer.Kind == TreeEntryKind.Folder);
        }
        catch (MillraceException)
        {
            foreach (Match match in HashText().Matches(Encoding.Latin1.GetString(bytes)))
                Add(ContentHash.Parse(match.Groups[1].Value), true);
        }

        void Add(ContentHash hash, bool mayBeFolder)
        {
            if (!mentions.TryGetValue(hash, out var known) || (mayBeFolder && !known.MayBeFolder))
                mentions[hash] = new PointerMention(path, mayBeFolder);
        }
    }

    [GeneratedRegex("sha256:([0-9a-f]{64})")]
    private static partial Regex HashText();
}
