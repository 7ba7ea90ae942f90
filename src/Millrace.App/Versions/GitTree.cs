namespace Millrace.App.Versions;

/// <summary>In a work tree of git, branches and commits are git's.</summary>
static class GitTree
{
    /// <exception cref="MillraceException"><c>git-owns-this</c>: with the command of git to use.</exception>
    public static void Refuse(string workspaceFolder, string gitCommand)
    {
        for (var folder = new DirectoryInfo(workspaceFolder); folder is not null; folder = folder.Parent)
        {
            if (!Path.Exists(Path.Combine(folder.FullName, ".git")))
                continue;
            throw new MillraceException(
                ErrorKind.Invalid, "git-owns-this",
                $"The workspace is in the git work tree '{folder.FullName}', where git keeps branches and commits.",
                $"Use '{gitCommand}'.");
        }
    }
}
