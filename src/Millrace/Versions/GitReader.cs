using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Millrace.Versions;

/// <summary>Reads revisions of a git repository through git itself, which runs no hook and no filter for it.</summary>
sealed class GitReader
{
    /// <summary>Larger lists of files are refused.</summary>
    const int ListLengthMax = 1 << 30;

    const int MessageLengthMax = 400;

    /// <summary>What <c>git rev-parse --local-env-vars</c> lists, but configuration.</summary>
    static readonly string[] LocalVariables =
    [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE",
        "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS",
        "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
    ];

    readonly string _folder;

    /// <param name="folder">A folder of the work tree, or a bare repository.</param>
    public GitReader(string folder) => _folder = Path.GetFullPath(folder);

    /// <summary>The files of the folder as a revision has them; links and submodules are left out.</summary>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task<List<GitFile>> ListAsync(string revision, CancellationToken cancellationToken)
    {
        var isBare = (await RunAsync(["rev-parse", "--is-bare-repository"], cancellationToken).ConfigureAwait(false))
            .Trim() == "true";
        var tree = (await RunAsync(
            ["rev-parse", "--verify", "--end-of-options", isBare ? $"{revision}^{{tree}}" : $"{revision}:./"],
            cancellationToken).ConfigureAwait(false)).Trim();
        var list = await RunAsync(
            ["ls-tree", "-r", "-z", "-l", "--full-tree", tree], Encoding.Latin1, cancellationToken)
            .ConfigureAwait(false);
        var files = new List<GitFile>();
        foreach (var line in list.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            var parts = line[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts is ["100644" or "100755" or "100664", "blob", var oid, var size])
            {
                var name = Encoding.Latin1.GetBytes(line[(tab + 1)..]);
                files.Add(new GitFile(
                    Encoding.UTF8.GetString(name), oid, long.Parse(size, CultureInfo.InvariantCulture),
                    parts[0] == "100755")
                {
                    IsText = System.Text.Unicode.Utf8.IsValid(name),
                });
            }
        }

        return files;
    }

    /// <summary>What git keeps of some files, in their order, through one process.</summary>
    /// <param name="files">Small ones: each is taken into memory.</param>
    /// <param name="take">Gets each file and its bytes.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public async Task ReadAsync(
        IReadOnlyList<GitFile> files, Action<GitFile, byte[]> take, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
            return;
        using var git = Start(["cat-file", "--batch"], Encoding.UTF8);
        using var stop = cancellationToken.Register(() => git.Kill());
        var feeding = FeedAsync(git, files);
        var output = new BufferedStream(git.StandardOutput.BaseStream, 1 << 16);
        foreach (var file in files)
        {
            var header = await ReadLineAsync(output, cancellationToken).ConfigureAwait(false);
            if (header.Split(' ') is not [var oid, "blob", var size] || oid != file.Oid
                || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            {
                throw Failed("cat-file --batch", $"it answered '{header}' for {file.Oid}");
            }

            var bytes = new byte[length + 1];
            await output.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            take(file, bytes[..length]);
        }

        await feeding.ConfigureAwait(false);
        await git.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs git in the folder; a failure is an expected answer.</summary>
    /// <returns>What it printed, or null when it failed.</returns>
    /// <exception cref="MillraceException"><c>git-missing</c>.</exception>
    public async Task<string?> TryRunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == "git-failed")
        {
            return null;
        }
    }

    /// <summary>Runs git in the folder and gives what it printed.</summary>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>.</exception>
    public Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, Encoding.UTF8, cancellationToken);

    async Task<string> RunAsync(
        IReadOnlyList<string> arguments, Encoding encoding, CancellationToken cancellationToken)
    {
        using var git = Start(arguments, encoding);
        using var stop = cancellationToken.Register(() => git.Kill());
        git.StandardInput.Close();
        var error = git.StandardError.ReadToEndAsync(cancellationToken);
        var output = new StringBuilder();
        var block = new char[1 << 16];
        int count;
        while ((count = await git.StandardOutput.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            output.Append(block, 0, count);
            if (output.Length > ListLengthMax)
                throw Failed(arguments[0], $"it printed more than {ListLengthMax} characters");
        }

        var message = await error.ConfigureAwait(false);
        await git.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return git.ExitCode == 0 ? output.ToString() : throw Failed(arguments[0], message.Trim());
    }

    static async Task FeedAsync(Process git, IReadOnlyList<GitFile> files)
    {
        foreach (var file in files)
            await git.StandardInput.WriteAsync($"{file.Oid}\n").ConfigureAwait(false);
        git.StandardInput.Close();
    }

    static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var next = new byte[1];
        while (await stream.ReadAsync(next, cancellationToken).ConfigureAwait(false) == 1 && next[0] != (byte)'\n')
            line.Append((char)next[0]);
        return line.ToString();
    }

    Process Start(IReadOnlyList<string> arguments, Encoding encoding)
    {
        // A repository can name a program for 'core.fsmonitor', which git would run.
        var start = new ProcessStartInfo("git", ["-C", _folder, "-c", "core.fsmonitor=false", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = encoding,
            // A repository of somebody else's must not make git call out for what it lacks.
            Environment = { ["GIT_NO_LAZY_FETCH"] = "1", ["GIT_TERMINAL_PROMPT"] = "0", ["LC_ALL"] = "C" },
        };
        // Inside a hook of git these name the repository of the hook, which need not be that of the folder.
        foreach (var name in LocalVariables)
            start.Environment.Remove(name);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "git-missing", $"'git' could not be started: {exception.Message}",
                "Install git, and see that it is on the PATH.", exception);
        }
    }

    MillraceException Failed(string command, string message) => new(
        ErrorKind.Unavailable, "git-failed",
        $"'git {command}' failed in '{_folder}': {message[..Math.Min(message.Length, MessageLengthMax)]}.",
        "Run the same command there by hand; the message is git's own.");
}
