namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>Commits of one pointer that are looked through.</summary>
    const int OriginCommitsMax = 10_000;

    /// <summary>The commit that last changed what a path has, as a revision has it.</summary>
    /// <param name="path">From the root: a pointer's, or below one.</param>
    /// <param name="revision">A revision of git.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>path-unknown</c>, <c>ref-unknown</c>, <c>git-failed</c>.</exception>
    public async Task<GitOrigin> OriginAsync(
        string path, string revision, CancellationToken cancellationToken = default)
    {
        var entry = await FindAsync(path, revision, cancellationToken).ConfigureAwait(false);
        var pointer = (await PointersAsync(revision, cancellationToken).ConfigureAwait(false))
            .First(found => Files.TreeScan.IsWithin(path, found.Path)).Path + Pointer.Suffix;
        var listed = await _git.RunAsync(
            ["log", $"-{OriginCommitsMax}", "--no-show-signature", "--format=%H%x00%an <%ae>%x00%ct%x00%s",
                "--end-of-options", revision, "--", $":(literal){pointer}"],
            cancellationToken).ConfigureAwait(false);
        GitOrigin? origin = null;
        foreach (var line in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\0') is not [var id, var author, var time, var subject])
                continue;
            if (origin is not null
                && await HashAsync(path, id, cancellationToken).ConfigureAwait(false) != entry.Hash)
            {
                return origin;
            }

            origin = new GitOrigin(path, entry, id, author, TimeOf(time), subject);
        }

        return origin ?? throw new MillraceException(
            ErrorKind.NotFound, "path-unknown", $"No commit up to {revision} changed '{pointer}'.",
            "'git log' shows what git has of it.");
    }

    async Task<Objects.ContentHash?> HashAsync(string path, string commit, CancellationToken cancellationToken)
    {
        try
        {
            return (await FindAsync(path, commit, cancellationToken).ConfigureAwait(false)).Hash;
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            return null;
        }
    }
}
