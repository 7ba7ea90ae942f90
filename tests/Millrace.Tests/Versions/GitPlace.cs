using Millrace.Tests.CatalogRoom;
using Millrace.Versions.BesideGit;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A git repository with a workspace in it.</summary>
sealed class GitPlace : IAsyncDisposable
{
    readonly ScratchFolder? _scratch;
    readonly TestCheckout _checkout;

    GitPlace(ScratchFolder? scratch, TestCheckout checkout)
    {
        _scratch = scratch;
        _checkout = checkout;
    }

    public Workspace Workspace => _checkout.Workspace;

    public GitWorkTree Tree => Workspace.Git!;

    public string Folder => _checkout.Folder;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<GitPlace> MakeAsync(string folder = "my rep")
    {
        var scratch = new ScratchFolder();
        await Git.InitAsync(scratch[folder]);
        return new GitPlace(scratch, await OpenAsync(scratch[folder]));
    }

    public static async Task<GitPlace> AtAsync(string folder) => new(null, await OpenAsync(folder));

    public void Write(string path, string text) => _checkout.Write(path, text);

    public string Read(string path) => _checkout.Read(path);

    public bool Exists(string path) => _checkout.Exists(path);

    public Task<string> GitAsync(params string[] arguments) => Git.RunAsync(Folder, arguments);

    public Task<PointerReport> AddAsync(params string[] paths) => Tree.AddAsync(paths, cancellationToken: Cancel);

    public Task<PointerReport> StoreAsync(params string[] paths) => Tree.CommitAsync(paths, cancellationToken: Cancel);

    public Task<GitCheckoutReport> CheckoutAsync(params string[] paths) =>
        Tree.CheckoutAsync(paths, cancellationToken: Cancel);

    /// <summary>Stores what changed, and lets git commit it.</summary>
    public async Task CommitAsync(string message)
    {
        await StoreAsync();
        await GitAsync("add", "-A");
        await GitAsync("commit", "-q", "-m", message);
    }

    public async Task SwitchAsync(params string[] arguments)
    {
        await GitAsync(["checkout", "-q", .. arguments]);
        await CheckoutAsync();
    }

    /// <summary>The status as lines, the same from the quick way and the other.</summary>
    public string[] Status()
    {
        var lines = Lines(Tree.Status(Cancel));
        if (Workspace.TryQuickGitStatus(Folder, Cancel) is { } quick)
            Assert.Equal(lines, Lines(quick));
        return lines;
    }

    public Task CloseAsync() => _checkout.CloseAsync();

    public async ValueTask DisposeAsync()
    {
        await _checkout.DisposeAsync();
        _scratch?.Dispose();
    }

    static string[] Lines(GitStatus status) =>
        [.. status.Changes.Select(change => $"{change.Kind} {change.Path}")
            .Concat(status.Pointers.Where(pointer => pointer.State != PointerState.Current)
                .Select(pointer => $"{pointer.State} {pointer.Found.Path}"))
            .Concat(status.Orphans.Select(path => $"Orphan {path}"))
            .Concat(status.Conflicts.Select(path => $"Conflict {path}"))
            .Concat(status.IsCutOff ? ["CutOff"] : []).Order(StringComparer.Ordinal)];

    static async Task<TestCheckout> OpenAsync(string folder)
    {
        Workspace.Create(folder);
        return await TestCheckout.AtAsync(folder);
    }
}
