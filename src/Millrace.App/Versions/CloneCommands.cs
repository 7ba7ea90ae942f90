using System.CommandLine;
using System.Text;
using Millrace.App.Terminal;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.App.Versions;

/// <summary><c>millrace clone</c>.</summary>
static class CloneCommands
{
    const string RemoteName = "origin";

    public static Command Clone()
    {
        var url = new Argument<string>("URL") { Description = "A folder, file:///folder, or s3://bucket/prefix." };
        var folder = new Argument<string?>("DIR")
        {
            Description = "The new folder; without it, the last part of the url.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var branch = new Option<string?>("--branch", "-b")
        {
            Description = "The branch to check out; main, when there is one.",
            HelpName = "NAME",
        };
        var sparse = new Option<string[]>("--sparse")
        {
            Description = "Only files at or below this path; the others come when they are asked for. May be repeated.",
            HelpName = "PATH",
        };
        var noCheckout = new Option<bool>("--no-checkout")
        {
            Description = "Write no files; they come with 'millrace checkout HEAD -- PATH'.",
        };
        var keyFile = new Option<string?>("--key-file")
        {
            Description = "The key, when the remote is encrypted.",
            HelpName = "FILE",
        };
        var json = Options.Json();
        var reached = new RemoteOptions();
        var command = new Verb(
            "clone",
            "Make a workspace of what was pushed to a remote.",
            "  millrace clone /mnt/lab/photos\n  millrace clone s3://my-bucket/photos work --profile lab\n"
            + "  millrace clone /mnt/lab/photos small --sparse photos/2026 --sparse labels.csv")
        {
            url, folder, branch, sparse, noCheckout, keyFile, json,
        };
        reached.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = reached.Read(parsed, parsed.GetValue(url)!, null);
            var target = Path.GetFullPath(parsed.GetValue(folder) ?? NameOf(settings.Url));
            RefuseFilled(target);
            var paths = Paths(parsed.GetValue(sparse) ?? []);
            var wanted = await CheckAsync(
                settings, target, parsed.GetValue(branch), parsed.GetValue(keyFile), cancellationToken)
                .ConfigureAwait(false);
            Workspace.Create(target);
            var file = Path.Join(target, "millrace.yaml");
            if (parsed.GetValue(keyFile) is { } key)
            {
                var place = Path.GetFullPath(key).Replace("'", "''", StringComparison.Ordinal);
                DurableFile.Write(
                    file, Encoding.UTF8.GetBytes($"objects:\n  encryption:\n    key-file: '{place}'\n"));
            }

            WorkspaceRemotesFile.Add(file, RemoteName, settings);
            await using var workspace = await Options.OpenAtAsync(target, cancellationToken).ConfigureAwait(false);
            using var remote = workspace.OpenRemote(RemoteName);
            var display = new TransferDisplay("got");
            using var files = new ScanDisplay("wrote");
            var (fetched, at) = await new VersionSync(workspace.Versions, RemoteName, remote).CloneAsync(
                wanted, paths, !parsed.GetValue(noCheckout), display, files, cancellationToken)
                .ConfigureAwait(false);
            display.End(fetched, RemoteName, parsed.GetValue(json));
            CommittedTables.Announce(workspace.Versions, fetched);
            Warn(workspace, at, paths);
            Console.Error.WriteLine(at is null
                ? $"Made the workspace {target}; nothing was pushed to the remote yet."
                : $"Made the workspace {target}, on branch {at.Branch}: {at.WrittenFiles:N0} files written.");
            CheckoutText.WriteErased(at?.Erased ?? []);
            return 0;
        });
        return command;
    }

    /// <summary>A path that the branch does not have is more likely a typing error than wanted.</summary>
    static void Warn(Workspace workspace, CheckoutReport? at, List<string> paths)
    {
        if (at?.Commit is not { } commit)
            return;
        var tree = workspace.Versions.ReadCommit(commit).Tree;
        foreach (var path in paths.Where(path => workspace.Versions.Find(tree, path) is null))
            Console.Error.WriteLine($"warning: there is no '{StatusText.Printable(path)}' on branch {at.Branch}");
    }

    /// <summary>What is wrong with the remote shows before a folder is made.</summary>
    /// <returns>The branch to go to; null when there is none yet.</returns>
    static async Task<string?> CheckAsync(
        RemoteSettings settings, string target, string? branch, string? keyFile, CancellationToken cancellationToken)
    {
        using var remote = ObjectRemote.Open(
            settings, Environment.CurrentDirectory, Path.Join(target, ".millrace", "remotes", RemoteName),
            keyFile is null ? null : StoreKey.FromFile(Path.GetFullPath(keyFile)));
        try
        {
            await remote.CheckAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == "encryption-key-missing")
        {
            throw new MillraceException(
                exception.Kind, exception.Code, exception.Message,
                "Name the file with the key: 'millrace clone --key-file FILE'; nothing was made.", exception);
        }

        var refs = await VersionSync.RefsAsync(remote, cancellationToken).ConfigureAwait(false);
        if (branch is not null && !refs.Any(item => item.Kind == RemoteRefKind.Branch && item.Name == branch))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "ref-unknown", $"There is no branch '{branch}' on '{remote.Description}'.",
                refs.Count == 0 ? "Nothing was pushed there yet."
                    : $"There are {string.Join(", ", refs.Where(item => item.Kind == RemoteRefKind.Branch).Take(10)
                        .Select(item => item.Name))}.");
        }

        if (branch is not null)
            return branch;
        var branches = refs.Where(item => item.Kind == RemoteRefKind.Branch).Select(item => item.Name).ToList();
        return branches.Contains(VersionStore.DefaultBranch) ? VersionStore.DefaultBranch : branches.FirstOrDefault();
    }

    static string NameOf(string url)
    {
        var name = url.TrimEnd('/').Split('/')[^1];
        return name.Length > 0 && name is not ("." or "..") ? name : throw new MillraceException(
            ErrorKind.Invalid, "folder-missing", $"'{url}' has no last part that could name a folder.",
            "Name the new folder after the url.");
    }

    static void RefuseFilled(string target)
    {
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "folder-not-empty", $"'{target}' is there and not empty.",
                "Name another folder. A clone that was cut off goes on with 'millrace pull' in it.");
        }
    }

    static List<string> Paths(string[] given)
    {
        var paths = new List<string>();
        foreach (var path in given)
        {
            var trimmed = path.Trim('/');
            if (trimmed.Length == 0 || trimmed.Split('/').Any(part => part is "" or "." or ".."))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "path-outside", $"'{path}' is no path in a workspace.",
                    "Give it from the workspace's folder on, such as 'photos/2026'.");
            }

            paths.Add(trimmed);
        }

        return paths;
    }
}
