using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A workspace with files, as a user has one.</summary>
sealed class TestCheckout : IAsyncDisposable
{
    readonly ScratchFolder? _scratch;
    bool _isClosed;

    TestCheckout(ScratchFolder? scratch, Workspace workspace)
    {
        _scratch = scratch;
        Workspace = workspace;
    }

    public Workspace Workspace { get; }

    public VersionStore Versions => Workspace.Versions;

    public string Folder => Workspace.Folder;

    public string IndexFile => Path.Join(Folder, ".millrace", "versions", "index");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestCheckout> MakeAsync(string settings = "")
    {
        var scratch = new ScratchFolder();
        await File.WriteAllTextAsync(
            scratch["millrace.yaml"], "versions:\n  author: Ann <ann@example.org>\n" + settings, Cancel);
        await File.WriteAllTextAsync(scratch[".millraceignore"], "/millrace.yaml\n.millraceignore\n", Cancel);
        return new TestCheckout(scratch, await OpenAsync(scratch.Path));
    }

    public static async Task<TestCheckout> AtAsync(string folder) => new(null, await OpenAsync(folder));

    public void Write(string path, string text)
    {
        var file = Path.Join(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public string Read(string path) => File.ReadAllText(Path.Join(Folder, path));

    public bool Exists(string path) => Path.Exists(Path.Join(Folder, path));

    public async Task<CommitEntry> CommitAsync(string message, params (string Path, string Text)[] files)
    {
        foreach (var (path, text) in files)
            Write(path, text);
        await Versions.AddAsync([""], cancellationToken: Cancel);
        return await Versions.CommitAsync(new CommitRequest(message), Cancel);
    }

    public async Task<string[]> StatusAsync()
    {
        var status = await Versions.StatusAsync(Cancel);
        return [.. status.Staged.Select(change => $"staged {change.Path}")
            .Concat(status.Changes.Select(change => $"{change.Kind.ToString().ToLowerInvariant()} {change.Path}"))
            .Concat(status.Conflicts.Select(path => $"conflict {path}")).Order(StringComparer.Ordinal)];
    }

    /// <summary>Lets another process have it; the files stay.</summary>
    public async Task CloseAsync()
    {
        if (!_isClosed)
            await Workspace.DisposeAsync();
        _isClosed = true;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _scratch?.Dispose();
    }

    static Task<Workspace> OpenAsync(string folder) => Workspace.OpenAsync(folder, cancellationToken: Cancel);
}
