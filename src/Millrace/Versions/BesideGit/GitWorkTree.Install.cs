using System.Text;
using Millrace.Catalog;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    const string AttributesFile = ".gitattributes";
    const string AttributesLine = "*.millrace text eol=lf merge=millrace";
    const string DriverCommand = "millrace git-merge %O %A %B %P";
    const string HookMark = "# Written by 'millrace git install --hooks'.";
    const uint HookMode = 0b111_101_101;

    /// <summary>What earlier versions wrote, which is replaced.</summary>
    static readonly string OldPushHook = $"#!/bin/sh\n{HookMark}\nexec millrace push\n";

    static readonly (string Name, string Script)[] Hooks =
    [
        // Git runs it for single files, too, and says so with 0.
        ("post-checkout", "test \"$3\" = 1 || exit 0\nexec millrace checkout\n"),
        ("post-merge", "exec millrace checkout\n"),
        // Others need the data before they see pointers to it.
        ("pre-push", "exec millrace push --hook\n"),
    ];

    /// <summary>Keeps all of <c>.millrace/</c> out of git.</summary>
    /// <param name="data">The folder.</param>
    internal static void Hide(string data) => DurableFile.TryPut(Path.Join(data, GitIgnoreFile.FileName), "*\n"u8);

    /// <summary>Lets git merge pointers by the files that they name, and on request run Millrace after a checkout and
    /// before a push. What a user set up is left as it is.</summary>
    /// <exception cref="MillraceException"><c>git-failed</c>, <c>git-missing</c>, and those of writing.</exception>
    public async Task<GitInstallReport> InstallAsync(bool hooks, CancellationToken cancellationToken = default)
    {
        var (done, left) = (new List<string>(), new List<string>());
        Hide(_versions.Data);
        var attributes = Path.Join(Root, AttributesFile);
        var text = File.Exists(attributes)
            ? await File.ReadAllTextAsync(attributes, cancellationToken).ConfigureAwait(false) : "";
        var line = text.Split('\n').FirstOrDefault(
            line => line.StartsWith("*" + Pointer.Suffix, StringComparison.Ordinal))?.TrimEnd();
        if (line is null)
        {
            var isOpen = text.Length > 0 && !text.EndsWith('\n');
            DurableFile.Write(
                attributes, Encoding.UTF8.GetBytes($"{text}{(isOpen ? "\n" : "")}{AttributesLine}\n"));
            done.Add($"'{AttributesFile}' sends pointers to the merge driver: 'git add {AttributesFile}'.");
        }
        else if (line != AttributesLine)
        {
            left.Add($"'{AttributesFile}' has '{line}'; the merge driver needs '{AttributesLine}'.");
        }

        var driver = (await _git.TryRunAsync(["config", "--get", "merge.millrace.driver"], cancellationToken)
            .ConfigureAwait(false))?.TrimEnd('\n');
        if (driver is null)
        {
            await _git.RunAsync(
                ["config", "--local", "merge.millrace.name", "merge of Millrace's pointers"], cancellationToken)
                .ConfigureAwait(false);
            await _git.RunAsync(
                ["config", "--local", "merge.millrace.driver", DriverCommand], cancellationToken)
                .ConfigureAwait(false);
            done.Add("Git's configuration of this repository names the merge driver.");
        }
        else if (driver != DriverCommand)
        {
            left.Add($"merge.millrace.driver is '{driver}', and not '{DriverCommand}'.");
        }

        if (hooks)
            await InstallHooksAsync(done, left, cancellationToken).ConfigureAwait(false);
        return new GitInstallReport(done, left);
    }

    async Task InstallHooksAsync(List<string> done, List<string> left, CancellationToken cancellationToken)
    {
        var folder = await PathOfAsync(["rev-parse", "--git-path", "hooks"], cancellationToken).ConfigureAwait(false);
        var own = await PathOfAsync(["rev-parse", "--git-common-dir"], cancellationToken).ConfigureAwait(false);
        if (!folder.StartsWith(own + "/", StringComparison.Ordinal))
        {
            left.Add($"Git takes hooks from '{folder}' (core.hooksPath), which is not of this repository alone.");
            return;
        }

        DurableFile.CreateFolder(folder);
        // Git runs them at the top; a revision from before the workspace has no such folder.
        var enter = Root == Top ? "" : $"cd {ShellWord.Of(Path.GetRelativePath(Top, Root))} || exit 0\n";
        foreach (var (name, script) in Hooks)
        {
            var file = Path.Join(folder, name);
            var known = new FileInfo(file) is { Exists: true, LinkTarget: null }
                ? await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false) : null;
            if (known == OldPushHook)
                File.Delete(file);
            if (TryPutHook(file, $"#!/bin/sh\n{HookMark}\n{enter}{script}"))
                done.Add($"The hook {name} runs '{script.Split("exec ")[1].TrimEnd()}'.");
            else if (known?.Contains(HookMark, StringComparison.Ordinal) != true)
                left.Add($"There is a hook {name} already; let it run '{script.Split("exec ")[1].TrimEnd()}'.");
        }
    }

    /// <summary>Makes a hook, never over another: it takes its name when it can be run.</summary>
    static bool TryPutHook(string file, string text)
    {
        if (Path.Exists(file) || new FileInfo(file).LinkTarget is not null)
            return false;
        var aside = Path.Join(Path.GetDirectoryName(file), $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
        try
        {
            DurableFile.Write(aside, Encoding.UTF8.GetBytes(text));
            File.SetUnixFileMode(aside, (UnixFileMode)HookMode);
            return DurableFile.TryLink(aside, file);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    async Task<string> PathOfAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var path = await _git.RunAsync(arguments, cancellationToken).ConfigureAwait(false);
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path[..^1], Root));
    }
}
