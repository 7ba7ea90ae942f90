using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Access;
using Millrace.Buckets;
using Millrace.Buckets.Lfs;
using Millrace.Catalog;
using Millrace.Features;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Sources;
using Millrace.Sources.Media;
using Millrace.Tables;
using Millrace.Tables.Places;
using Millrace.Tables.Queries;
using Millrace.Tracking;
using Millrace.Versions;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Remotes;

namespace Millrace;

/// <summary>The front door of the library: opens, holds and disposes the rooms.</summary>
public sealed class Workspace : IAsyncDisposable
{
    /// <summary>The format of <c>.millrace/</c> that this Millrace writes.</summary>
    public const int FormatVersion = 1;

    const string DataFolderName = ".millrace";
    const string SettingsFileName = "millrace.yaml";
    const string FormatFileName = "format";

    readonly ProcessFolder _process;
    readonly ProcessBeats _beats;

    Workspace(
        string folder, ICatalog catalog, ProcessFolder process, WorkspaceSettings settings, TimeProvider time)
    {
        Folder = folder;
        var data = Path.Combine(folder, DataFolderName);
        _process = process;
        _beats = new ProcessBeats(catalog, process);
        Catalog = catalog;
        Settings = settings;
        Objects = ObjectStore.Open(Path.Combine(data, "objects"), settings.Objects, time);
        Tombstones = new TombstoneLog(catalog);
        Objects.IsErased = Tombstones.IsErased;
        Digests = new ObjectDigests(catalog);
        Imports = new ImportedTrees(catalog, Objects);
        Lfs = new LfsStore(catalog, Objects);
        Lineage = new LineageGraph(catalog);
        var ledger = new TaskLedger(catalog, _beats);
        Tables = new TableStore(
            TablePlace.Open(TableFolder(data, settings), settings.Tables, time), catalog, Lineage, _beats,
            [ledger, new RunFactWriter()], time)
        {
            CheckRules = settings.Checks,
        };
        Online = new OnlineStore(Path.Combine(data, "online"), Lineage);
        Paths = new WorkspacePaths(
            Tables.Folder, Path.Combine(data, "objects"), Path.Combine(data, "online"), process.Path)
        {
            ObjectSettings = settings.Objects,
            TableSettings = settings.Tables,
        };
        Pipelines = new PipelineRunner(Tables, ledger, Paths, Path.Combine(data, "logs"), time);
        Sources = new SourceGate(Tables, ledger, Objects, folder, process.Path, time);
        Tables.Sql.Allowed = settings.SqlStatements;
        Tables.Sql.Fetch = new QuerySources(Objects, settings.Remotes, process.Path).FetchAsync;
        Tables.Sql.MoreFunctions = () => [.. ObjectFunctions.Of(Objects), .. ImageFunctions.Of(Objects)];
        Tracking = new RunTracking(catalog);
        Versions = new VersionStore(folder, data, catalog, Objects, process, settings.Versions, time)
        {
            TableVersion = TableVersionAsync,
            FetchMissing = settings.Remotes.ByName.Count == 0 ? null : FetchMissingAsync,
        };
        Git = GitWorkTree.TryOpen(Versions);
        KeysFolder = Path.Combine(data, "keys");
        Access = new AccessKeys(catalog, KeysFolder);
        Buckets = new BucketStore(catalog, Objects);
        VersionView = new VersionBucket(Objects, VersionRefsAsync, VersionRefAsync);
        Tables.Sql.System = new Lazy<SystemCatalog>(() => WorkspaceSystemTables.Of(this));
    }

    /// <summary>The folder that holds <c>.millrace/</c>.</summary>
    public string Folder { get; }

    /// <summary>What <c>millrace.yaml</c> said when the workspace was opened.</summary>
    public WorkspaceSettings Settings { get; }

    public ICatalog Catalog { get; }

    public ObjectStore Objects { get; }

    /// <summary>What was erased on purpose.</summary>
    public TombstoneLog Tombstones { get; }

    public ObjectDigests Digests { get; }

    public ImportedTrees Imports { get; }

    public LfsStore Lfs { get; }

    public LineageGraph Lineage { get; }

    public TableStore Tables { get; }

    public PipelineRunner Pipelines { get; }

    /// <summary>Where rows and files come in and go out.</summary>
    public SourceGate Sources { get; }

    public OnlineStore Online { get; }

    public RunTracking Tracking { get; }

    public VersionStore Versions { get; }

    /// <summary>Versions of files as git keeps them, when the workspace is in a git work tree; else null.</summary>
    public GitWorkTree? Git { get; }

    /// <summary>The keys of the S3 server.</summary>
    public AccessKeys Access { get; }

    /// <summary>Where secrets of this workspace lie; only its owner may read it.</summary>
    public string KeysFolder { get; }

    public BucketStore Buckets { get; }

    /// <summary>Versions of files as a bucket that nobody writes to.</summary>
    public VersionBucket VersionView { get; }

    /// <summary>Where the rooms keep their files.</summary>
    public WorkspacePaths Paths { get; }

    /// <summary>The rooms that hold references to objects.</summary>
    public IReadOnlyList<IRootSource> RootSources =>
        [Tables, new VersionRoots(Catalog), Versions, Imports, Lfs, Buckets,
            .. Git is null ? [] : (IRootSource[])[Git]];

    /// <summary>The nearest folder, from <paramref name="start"/> upward, that is a workspace; null when there is none.
    ///</summary>
    public static string? Find(string start)
    {
        for (var folder = new DirectoryInfo(Path.GetFullPath(start)); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, DataFolderName))
                || File.Exists(Path.Combine(folder.FullName, SettingsFileName)))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>Makes a workspace; one that is there is left as it is.</summary>
    /// <returns>Whether it was made.</returns>
    public static bool Create(string folder)
    {
        var path = Path.GetFullPath(folder);
        var format = Path.Combine(path, DataFolderName, FormatFileName);
        if (File.Exists(format))
        {
            return false;
        }

        DurableFile.CreateFolder(Path.Combine(path, DataFolderName));
        if (GitWorkTree.TopOf(path) is not null)
            GitWorkTree.Hide(Path.Combine(path, DataFolderName));
        DurableFile.Write(format, Encoding.ASCII.GetBytes($"{FormatVersion}\n"));
        return true;
    }

    /// <summary>Opens a workspace and completes or drops what processes that died left behind.</summary>
    /// <param name="folder">The workspace's folder.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="logs">Told of what is recovered; nobody when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>workspace-missing</c>, <c>format-newer</c>, <c>settings-invalid</c>,
    /// <c>catalog-unavailable</c>.</exception>
    public static async Task<Workspace> OpenAsync(
        string folder,
        TimeProvider? time = null,
        ILoggerFactory? logs = null,
        CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(folder);
        var data = Path.Combine(path, DataFolderName);
        if (!Directory.Exists(data) && !File.Exists(Path.Combine(path, SettingsFileName)))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "workspace-missing", $"'{path}' is not a workspace.",
                "Make one with 'millrace init', or name another with '--workspace DIR'.");
        }

        CheckFormat(data);
        // A folder with nothing but its settings becomes a workspace here, if they can be read, and must say its format
        // too.
        if (!Directory.Exists(data))
            WorkspaceSettings.Read(Path.Combine(path, SettingsFileName));
        Create(path);
        var clock = time ?? TimeProvider.System;
        var workspace = OpenRooms(path, data, clock);
        try
        {
            await workspace._beats.StartAsync(clock, cancellationToken).ConfigureAwait(false);
            await workspace.RecoverAsync(
                (logs ?? NullLoggerFactory.Instance).CreateLogger<Workspace>(), cancellationToken)
                .ConfigureAwait(false);
            return workspace;
        }
        catch
        {
            await workspace.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The status of a folder in which nothing is staged, without opening its rooms; null when only
    /// <see cref="VersionStore.StatusAsync"/> can tell.</summary>
    /// <exception cref="MillraceException"><c>format-newer</c>, <c>index-damaged</c>.</exception>
    public static StatusReport? TryQuickStatus(string folder, CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(folder);
        var data = Path.Combine(path, DataFolderName);
        CheckFormat(data);
        return VersionStore.TryQuickStatus(path, data, TimeProvider.System, cancellationToken);
    }

    /// <summary>The status of a folder in a git work tree, without opening its rooms; null when only
    /// <see cref="Git"/> can tell.</summary>
    /// <exception cref="MillraceException"><c>format-newer</c>, <c>index-damaged</c>.</exception>
    public static GitStatus? TryQuickGitStatus(string folder, CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(folder);
        var data = Path.Combine(path, DataFolderName);
        CheckFormat(data);
        return GitWorkTree.TryQuickStatus(path, data, TimeProvider.System, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Tables.Dispose();
        Objects.Dispose();
        Tables.Place.Dispose();
        await _beats.DisposeAsync().ConfigureAwait(false);
        await Catalog.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    /// <summary>Keeps other processes of this machine from opening the workspace until the lock is disposed.</summary>
    /// <exception cref="MillraceException"><c>workspace-locked</c>; <c>workspace-in-use</c>: others have it open, also
    /// on other machines that share the catalog.</exception>
    public async Task<FolderLock> LockOthersOutAsync(CancellationToken cancellationToken = default)
    {
        var held = TakeLock();
        try
        {
            // Whoever opens it makes its process's folder first and looks for the lock then: one of the two sees the
            // other.
            if (!await HasOthersAsync(cancellationToken).ConfigureAwait(false))
                return held;
            throw await InUseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether other processes have the workspace, or another one on the same catalog, open.</summary>
    internal async Task<bool> HasOthersAsync(CancellationToken cancellationToken) =>
        _process.Others().Count > 0 || await HasOthersElsewhereAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Whether processes of other folders or machines share the catalog.</summary>
    internal async Task<bool> HasOthersElsewhereAsync(CancellationToken cancellationToken) =>
        (await _beats.OthersAsync(cancellationToken).ConfigureAwait(false)).Count > 0;

    internal async Task<MillraceException> InUseAsync(CancellationToken cancellationToken)
    {
        var elsewhere = await _beats.OthersAsync(cancellationToken).ConfigureAwait(false);
        return elsewhere.Count == 0
            ? new MillraceException(
                ErrorKind.Conflict, "workspace-in-use",
                $"{_process.Others().Count} other processes have the workspace '{Folder}' open.",
                "End servers and runs that use it ('fuser .millrace/tmp/*/.lock' names them), then run the same "
                + "command again.")
            : new MillraceException(
                ErrorKind.Conflict, "workspace-in-use",
                $"{elsewhere.Count} processes elsewhere share the catalog {Catalog.Description}: "
                + $"{string.Join(", ", elsewhere.Select(ProcessBeats.MachineOf).Distinct())}.",
                "End servers and runs there, then run the same command again; one that died counts for "
                + $"{ProcessBeats.Lease.TotalMinutes:N0} minutes.");
    }

    /// <summary>Where the lock is that keeps others out; it need not exist.</summary>
    static string LockFolder(string data) => Path.Combine(data, "exclusive");

    /// <summary>The folder of the tables, or of their files that are on the way to where they are.</summary>
    internal static string TableFolder(string data, WorkspaceSettings settings) =>
        Path.Combine(data, settings.Tables.Place is null ? "tables" : "staged");

    /// <summary>Says from where to where a move took the tables, until the catalog knows.</summary>
    internal static string TableMoveFile(string data) => Path.Combine(data, "tables.moving");

    internal FolderLock TakeLock()
    {
        var folder = LockFolder(Path.Combine(Folder, DataFolderName));
        DurableFile.MakeFolder(folder);
        return FolderLock.TryAcquire(folder) ?? throw Locked(Folder);
    }

    static MillraceException Locked(string folder) => new(
        ErrorKind.Conflict, "workspace-locked", $"Another process erases from or moves the workspace '{folder}'.",
        "Wait until it is done; nothing was changed.");

    static Workspace OpenRooms(string path, string data, TimeProvider time)
    {
        var process = ProcessFolder.Create(Path.Combine(data, "tmp"));
        try
        {
            if (!FolderLock.IsFree(LockFolder(data)))
                throw Locked(path);
            // From now on a move sees this process, and does not change them.
            var settings = WorkspaceSettings.Read(Path.Combine(path, SettingsFileName));
            return new Workspace(path, OpenCatalog(settings, data, time), process, settings, time);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    async Task RecoverAsync(ILogger logger, CancellationToken cancellationToken)
    {
        await CatalogCopy.ForgetAsync(Catalog, cancellationToken).ConfigureAwait(false);
        await new WorkspaceErasure(this).ResumeAsync(cancellationToken).ConfigureAwait(false);
        await Tables.EndMoveAsync(TableMoveFile(Path.Combine(Folder, DataFolderName)), cancellationToken)
            .ConfigureAwait(false);
        await Tables.CheckPlaceAsync(cancellationToken).ConfigureAwait(false);
        var (completed, dropped) = await Tables.RecoverAsync(cancellationToken).ConfigureAwait(false);
        if (completed + dropped > 0)
        {
            logger.LogInformation(
                "Of the publications that ended processes left, {Completed} were completed and {Dropped} dropped.",
                completed, dropped);
        }

        var freed = await Pipelines.Ledger.RecoverAsync(cancellationToken).ConfigureAwait(false);
        if (freed > 0)
        {
            logger.LogInformation("{Freed} leases of ended processes were freed.", freed);
        }
    }

    /// <summary>An engine by its name in <c>millrace.yaml</c>; null is the one that it names for all queries. The
    /// caller disposes it.</summary>
    /// <returns>Null for DuckDB, here.</returns>
    /// <exception cref="MillraceException"><c>engine-unknown</c>, <c>engine-settings</c>.</exception>
    public Tables.Engines.ClickHouseEngine? OpenEngine(string? name = null) =>
        Settings.FindEngine(name) is { } engine ? new Tables.Engines.ClickHouseEngine(engine, Tables) : null;

    /// <summary>A remote by its name in <c>millrace.yaml</c>; null is the default one. The caller disposes it.
    /// </summary>
    /// <exception cref="MillraceException"><c>remote-unknown</c>, and as for <see cref="ObjectRemote.Open"/>.
    /// </exception>
    public ObjectRemote OpenRemote(string? name = null)
    {
        var (found, settings) = Settings.Remotes.Find(name);
        return ObjectRemote.Open(
            settings, Folder, Path.Combine(Folder, DataFolderName, "remotes", found), Settings.Objects.ReadKey(Folder),
            found);
    }

    /// <summary>Contents that a checkout lacks, from the default remote when there is one.</summary>
    async Task FetchMissingAsync(IReadOnlyCollection<ContentHash> missing, CancellationToken cancellationToken)
    {
        var (name, _) = Settings.Remotes.Find(null);
        using var remote = OpenRemote(name);
        // What was erased elsewhere is not missing.
        await new VersionSync(Versions, name, remote).FetchErasuresAsync(cancellationToken).ConfigureAwait(false);
        var there = new List<ContentHash>();
        foreach (var hash in missing)
        {
            if (await remote.ContainsAsync(hash, cancellationToken).ConfigureAwait(false))
                there.Add(hash);
        }

        await remote.FetchAsync(Objects, there, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Branches and tags, as the bucket of versions lists them.</summary>
    async Task<IReadOnlyList<VersionRef>> VersionRefsAsync(CancellationToken cancellationToken)
    {
        if (Git is { } git)
            return await GitVersions.ListAsync(git, cancellationToken).ConfigureAwait(false);
        var branches = await Versions.Refs.BranchesAsync(cancellationToken).ConfigureAwait(false);
        var tags = await Versions.Refs.TagsAsync(cancellationToken).ConfigureAwait(false);
        // A branch and a tag of one name: the branch is meant, as everywhere.
        return [.. branches.Select(branch => (branch.Name, branch.Commit))
            .Concat(tags.Select(tag => (tag.Name, tag.Commit)))
            .DistinctBy(named => named.Name).Select(named => VersionRefOf(named.Name, named.Commit))];
    }

    async Task<VersionRef?> VersionRefAsync(string name, CancellationToken cancellationToken)
    {
        if (Git is { } git)
            return await GitVersions.FindAsync(git, name, cancellationToken).ConfigureAwait(false);
        try
        {
            return VersionRefOf(name, await Versions.ResolveAsync(name, cancellationToken).ConfigureAwait(false));
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return null;
        }
    }

    VersionRef VersionRefOf(string name, ContentHash id)
    {
        var commit = Versions.ReadCommit(id);
        return VersionRef.Of(name, commit.Tree, commit.Time);
    }

    /// <summary>What a commit keeps of a table: its newest version.</summary>
    async Task<byte[]?> TableVersionAsync(string name, CancellationToken cancellationToken)
    {
        var versions = await Lineage.VersionsAsync("table", name, cancellationToken).ConfigureAwait(false);
        if (versions.Count == 0)
            return null;
        var tableId = await Catalog.ReadAsync(
            session => session.First(
                "select table_id from data_table where name = @name", row => row.Text(0), ("name", name)),
            cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["table"] = name,
            ["id"] = tableId,
            ["version"] = versions[0].Number,
            ["hash"] = versions[0].Hash,
        }.ToJsonString());
    }

    internal static ICatalog OpenCatalog(WorkspaceSettings settings, string data, TimeProvider time)
    {
        if (settings.CatalogKind == "sqlite")
        {
            return SqliteCatalog.Open(Path.Combine(data, "catalog.db"), time);
        }

        var connection = new StringBuilder(settings.CatalogConnection);
        if (settings.CatalogPasswordVariable is { } variable)
        {
            var password = Environment.GetEnvironmentVariable(variable) ?? throw new MillraceException(
                ErrorKind.Invalid, "settings-invalid", $"The environment variable '{variable}' is not set.",
                "It must hold the password of the catalog's PostgreSQL user.");
            // It quotes what would otherwise end the value.
            DbConnectionStringBuilder.AppendKeyValuePair(connection, "Password", password);
        }

        return PostgresCatalog.Open(connection.ToString(), settings.CatalogSchema, time);
    }

    static void CheckFormat(string data)
    {
        var file = Path.Combine(data, FormatFileName);
        if (!File.Exists(file))
        {
            return;
        }

        var text = File.ReadAllText(file).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "format-damaged", $"'{file}' does not hold a format version.",
                $"Write the number of the workspace's format into it; this Millrace writes {FormatVersion}.");
        }

        if (version > FormatVersion)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "format-newer",
                $"The workspace has format version {version}; this Millrace knows versions up to {FormatVersion}.",
                "Use the newer Millrace that wrote it; nothing was changed.");
        }
    }
}
