using System.Diagnostics;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    const string RunVariable = "MILLRACE_RUN";

    /// <summary>Makes a commit of what is staged, and moves the branch to it. The commit's lineage is written in the
    /// same transaction.</summary>
    /// <exception cref="MillraceException"><c>nothing-staged</c>, <c>conflicts-left</c>, <c>commit-refused</c>,
    /// <c>message-missing</c>, <c>ref-moved</c>, <c>run-unknown</c>, <c>checkout-busy</c>.</exception>
    public async Task<CommitEntry> CommitAsync(CommitRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var held = _state.Lock(cancellationToken);
        RefuseUnfinished();
        var (branch, parent) = await HeadAsync(cancellationToken).ConfigureAwait(false);
        var merge = GoingMerge(parent);
        RefuseConflicts(merge);
        var message = request.Message.Length > 0 || merge is null ? request.Message : merge.Message;
        var index = FileIndex.Load(_state.IndexFile);
        using var batch = _objects.BeginBatch();
        if (request.StagesAll)
        {
            (index, var found) = StoreChanged(
                index, [""], [], new ScanOptions { Batch = batch, TakesUntracked = false }, cancellationToken);
            if (found.LeftOut.FirstOrDefault(file => file.Code is "file-changed" or "file-unreadable") is { } bad)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, bad.Code, $"'{bad.Path}' could not be stored: {bad.Message}",
                    "Nothing was committed; see to that file, then run the command again.");
            }
        }

        var tree = index.Tree ?? IndexTree.Write(batch, index.Folders);
        var before = TreeOf(parent);
        if (!request.AllowsEmpty && merge is null
            && (before == tree || (before is null && index.FileCount == 0)))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "nothing-staged", "Nothing is staged that the last commit does not have.",
                "Stage files with 'millrace add PATH', or commit all that changed with 'millrace commit --all'.");
        }

        List<ContentHash> parents = parent is { } last ? [last] : [];
        if (merge is not null)
            parents.Add(ContentHash.Parse(merge.Theirs));
        CheckMessage(message);
        // Hooks may read the tree.
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (!request.SkipsChecks)
            await CheckAsync(new CommitCheckContext(branch, parent, tree, message), cancellationToken)
                .ConfigureAwait(false);
        var entry = await WriteCommitAsync(
            tree, parents, message, request.Run ?? Environment.GetEnvironmentVariable(RunVariable), cancellationToken)
            .ConfigureAwait(false);
        if (request.StagesAll)
            index.Save(_state.IndexFile);
        await MoveHeadAsync(branch, parent, entry, merge is null ? "commit" : "merge", cancellationToken)
            .ConfigureAwait(false);
        _state.WriteMerge(null);
        return entry;
    }

    /// <summary>The merge that waits to be committed. A commit that was cut off when the branch had moved leaves one
    /// that is done.</summary>
    MergeState? GoingMerge(ContentHash? head)
    {
        var merge = _state.ReadMerge();
        if (merge is null || head is not { } commit
            || !_history.Read(commit).Parents.Contains(ContentHash.Parse(merge.Theirs)))
        {
            return merge;
        }

        _state.WriteMerge(null);
        return null;
    }

    static void RefuseConflicts(MergeState? merge)
    {
        if (merge is { Conflicts.Count: > 0 })
        {
            throw new MillraceException(
                ErrorKind.Conflict, "conflicts-left",
                $"These conflicts are not resolved: {string.Join(", ", merge.Conflicts.Take(ListedMax))}.",
                "Make each file what it shall be and 'millrace add' it, or take the merge back with "
                + "'millrace merge --abort'.");
        }
    }

    static void CheckMessage(string message)
    {
        if (message.Trim().Length == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "message-missing", "A commit needs a message.", "Give one with '-m MESSAGE'.");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(message) > Commit.MessageBytesMax)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "message-too-long", $"The message has more than {Commit.MessageBytesMax} bytes.",
                "Put it into a file of its own, and commit that.");
        }
    }

    async Task<CommitEntry> WriteCommitAsync(
        ContentHash tree, IReadOnlyList<ContentHash> parents, string message, string? run,
        CancellationToken cancellationToken)
    {
        if (run is { Length: > 0 })
            run = (await new LineageGraph(_catalog).RunAsync(run, cancellationToken).ConfigureAwait(false)).Id;
        var time = CatalogTime.FromMicroseconds(CatalogTime.ToMicroseconds(_time.GetUtcNow()));
        var commit = new Commit(tree, parents, Author, time, string.IsNullOrEmpty(run) ? null : run, message);
        using var batch = _objects.BeginBatch();
        var id = batch.Put(commit.ToBytes());
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return new CommitEntry(id, commit);
    }

    async Task MoveHeadAsync(
        string? branch, ContentHash? parent, CommitEntry entry, string why, CancellationToken cancellationToken)
    {
        await _catalog.WriteAsync(
            session =>
            {
                if (branch is not null)
                    RefStore.MoveBranch(session, branch, parent, entry.Id, why, entry.Commit.Author);
                else
                    RefStore.Log(session, "HEAD", parent, entry.Id, why, entry.Commit.Author);
                Record(session, entry, branch);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        KeepHead(branch is null ? new HeadState(null, entry.Id) : new HeadState(branch, null));
        KeepTree(branch, entry.Id, entry.Commit.Tree);
    }

    /// <summary>The next status need not look the commit up.</summary>
    void KeepTree(string? branch, ContentHash? commit, ContentHash? tree)
    {
        if (_catalog is SqliteCatalog)
            new HeadCache(branch ?? "", commit?.ToString(), tree?.ToString(), "").Write(_state.Folder);
    }

    /// <summary>Writes where the checkout is, when that is news.</summary>
    void KeepHead(HeadState head)
    {
        if (_state.ReadHead() != head)
            _state.WriteHead(head);
    }

    /// <summary>The commit as a version in the lineage, made from the commits before it by the run that made the files,
    /// or by a run of its own.</summary>
    static void Record(CatalogSession session, CommitEntry entry, string? branch)
    {
        var run = entry.Commit.Run;
        if (run is null)
        {
            run = Guid.CreateVersion7().ToString();
            var now = CatalogTime.FromMicroseconds(session.Now);
            LineageLog.StartRun(
                session,
                new Run(run, "command", "commit", null, null, "", "{}", RunOutcome.Succeeded, null, now, now));
        }

        var summary = new System.Text.Json.Nodes.JsonObject
        {
            ["message"] = entry.Commit.Subject,
            ["author"] = entry.Commit.Author,
            ["branch"] = branch,
            ["tree"] = entry.Commit.Tree.ToString(),
        };
        var version = LineageLog.AddVersion(
            session, LineageKind, LineageName, null, entry.Id.ToString(), run, summary.ToJsonString());
        LineageLog.AddEdge(session, new LineageEdge(run, version.Id, true, "commit"));
        foreach (var parent in entry.Commit.Parents)
        {
            var before = session.First(
                "select version_id from version where kind = @kind and name = @name and hash = @hash",
                row => (long?)row.Int64(0),
                ("kind", LineageKind), ("name", LineageName), ("hash", parent.ToString()));
            if (before is { } known)
                LineageLog.AddEdge(session, new LineageEdge(run, known, false, LineageNode.PreviousRole));
        }
    }

    async Task CheckAsync(CommitCheckContext context, CancellationToken cancellationToken)
    {
        foreach (var check in Checks)
        {
            if (await check(context).ConfigureAwait(false) is { } why)
                throw Refused(why);
        }

        foreach (var command in _settings.PreCommit)
        {
            var (exitCode, printed) = await CommitHook.RunAsync(Root, command, context, cancellationToken)
                .ConfigureAwait(false);
            if (exitCode != 0)
            {
                throw Refused(
                    $"the hook '{command}' ended with exit code {exitCode}"
                    + (printed.Length == 0 ? " and printed nothing." : $". It printed:\n{printed}"));
            }
        }
    }

    static MillraceException Refused(string why) => new(
        ErrorKind.Invalid, "commit-refused", $"The commit was refused: {why}",
        "What is staged stays staged. Correct it and commit again; '--no-verify' leaves hooks and checks out.");

    /// <summary>Who commits.</summary>
    string Author => Environment.GetEnvironmentVariable("MILLRACE_AUTHOR") is { Length: > 0 } named ? named
        : _settings.Author ?? GitAuthor()
            ?? $"{Environment.UserName} <{Environment.UserName}@{Environment.MachineName}>";

    string? GitAuthor()
    {
        try
        {
            var settings = GitSettings("^user\\.(name|email)$");
            return settings.GetValueOrDefault("user.name") is { Length: > 0 } name
                && settings.GetValueOrDefault("user.email") is { Length: > 0 } address ? $"{name} <{address}>" : null;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException)
        {
            // There is no git.
            return null;
        }
    }

    /// <summary>What git's settings say in this folder; of one that is set several times, the last, as git has it.
    /// </summary>
    Dictionary<string, string> GitSettings(string pattern)
    {
        var start = new ProcessStartInfo("git", ["config", "--null", "--get-regexp", pattern])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var git = Process.Start(start)!;
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in git.StandardOutput.ReadToEnd().Split('\0'))
        {
            var end = setting.IndexOf('\n', StringComparison.Ordinal);
            if (end > 0)
                settings[setting[..end]] = setting[(end + 1)..].Trim();
        }

        git.WaitForExit();
        return settings;
    }
}
