using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

/// <summary>Commits of file trees: branches, tags, and the checkout of a workspace's folder.</summary>
/// <remarks>Trees and commits are objects, refs are rows of the catalog, and what a checkout remembers lies in
/// <c>.millrace/versions/</c>. Several processes may use it; those that change the checkout take it one after the other
/// and say so.</remarks>
public sealed partial class VersionStore
{
    /// <summary>The branch that a new workspace is on.</summary>
    public const string DefaultBranch = "main";

    const string VersionsFolder = "versions";

    readonly string _data;
    readonly ICatalog _catalog;
    readonly ObjectStore _objects;
    readonly TreeStore _trees;
    readonly CommitHistory _history;
    readonly CheckoutState _state;
    readonly WorkingTree _files;
    readonly VersionSettings _settings;
    readonly string _temp;
    readonly TimeProvider _time;

    /// <param name="root">The folder whose files are versioned.</param>
    /// <param name="data">The workspace's <c>.millrace</c>.</param>
    /// <param name="catalog">Where refs are.</param>
    /// <param name="objects">Where trees, commits and files are.</param>
    /// <param name="process">Where files are written before they take their names.</param>
    /// <param name="settings">What the workspace says.</param>
    /// <param name="time">The clock.</param>
    public VersionStore(
        string root, string data, ICatalog catalog, ObjectStore objects, ProcessFolder process,
        VersionSettings settings, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(process);
        _data = data;
        _catalog = catalog;
        _objects = objects;
        _trees = new TreeStore(objects);
        _history = new CommitHistory(objects);
        _state = new CheckoutState(Path.Join(data, VersionsFolder));
        _files = new WorkingTree(root, time, _state.ReadSparse);
        _settings = settings;
        _temp = Path.Join(process.Path, "checkout");
        _time = time;
        Refs = new RefStore(catalog);
        Imports = new ImportedTrees(catalog, objects);
    }

    public RefStore Refs { get; }

    /// <summary>Brings contents that a checkout needs and that are not here; null brings none.</summary>
    public Func<IReadOnlyCollection<ContentHash>, CancellationToken, Task>? FetchMissing { get; set; }

    /// <summary>Asked before a branch moves to a new commit; each gives null, or why the commit is refused.</summary>
    public IList<Func<CommitCheckContext, Task<string?>>> Checks { get; } = [];

    /// <summary>Gives the JSON of a table's newest version, to be staged as <c>table:NAME</c>; null when there is no
    /// such table.</summary>
    public Func<string, CancellationToken, Task<byte[]?>>? TableVersion { get; set; }

    /// <summary>How a change of the checkout waits for another process that changes it.</summary>
    public CheckoutWait Wait
    {
        get => _state.Wait;
        set => _state.Wait = value;
    }

    /// <summary>The folder whose files are versioned.</summary>
    public string Root => _files.Root;

    internal TreeStore Trees => _trees;

    internal ObjectStore Objects => _objects;

    internal string Data => _data;

    internal CommitHistory History => _history;

    internal CheckoutState State => _state;

    internal WorkingTree Files => _files;

    internal VersionSettings Settings => _settings;

    /// <summary>Trees that came from elsewhere, which <c>import:NAME</c> names.</summary>
    internal ImportedTrees Imports { get; }

    internal ICatalog Catalog => _catalog;

    /// <summary>Where the checkout is, with the commit of its branch.</summary>
    public async Task<(string? Branch, ContentHash? Commit)> HeadAsync(CancellationToken cancellationToken = default)
    {
        var head = _state.ReadHead();
        return head.Branch is { } branch
            ? (branch, await Refs.BranchAsync(branch, cancellationToken).ConfigureAwait(false))
            : (null, head.Commit);
    }

    /// <summary>A path as the store has it: from the root, parted by slashes.</summary>
    /// <param name="path">As a person gives it, from a folder.</param>
    /// <param name="from">The folder.</param>
    /// <exception cref="MillraceException"><c>path-outside</c>.</exception>
    public string RelativePath(string path, string from)
    {
        ArgumentNullException.ThrowIfNull(path);
        var full = Path.GetFullPath(path, from);
        var relative = Path.GetRelativePath(Root, full);
        if (relative == ".")
            return "";
        var names = relative.Split('/');
        if (names[0] == ".." || Path.IsPathRooted(relative))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-outside", $"'{path}' is not in the workspace '{Root}'.",
                "Only files in the workspace's folder can be versioned.");
        }

        return names.Any(name => name is ".git" or ".millrace")
            ? throw new MillraceException(
                ErrorKind.Invalid, "path-outside", $"'{path}' belongs to git or to Millrace itself.",
                "Name one of your own files.")
            : relative.TrimEnd('/');
    }

    Materializer Materializer(
        IProgress<ScanProgress>? progress, CancellationToken cancellationToken, bool writesAside = false,
        bool skipsLost = false) => new(
            Root, _temp, _objects, _settings.Checkout, Path.Join(_data, "cache", "files"), progress, cancellationToken)
        {
            WritesAside = writesAside,
            SkipsLost = skipsLost,
        };

    ContentHash? TreeOf(ContentHash? commit) => commit is { } id ? _history.Read(id).Tree : null;

    /// <summary>Whether nothing is staged that the tree does not have.</summary>
    static bool IsSameTree(ContentHash? one, ContentHash? other) => one == other;
}
