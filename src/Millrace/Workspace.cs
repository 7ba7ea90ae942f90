using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Buckets;
using Millrace.Catalog;
using Millrace.Features;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;
using Millrace.Tracking;

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

    Workspace(string folder, ICatalog catalog, ProcessFolder process, TimeProvider time)
    {
        Folder = folder;
        var data = Path.Combine(folder, DataFolderName);
        _process = process;
        Catalog = catalog;
        Objects = new ObjectStore(Path.Combine(data, "objects"));
        Lineage = new LineageGraph(catalog);
        var ledger = new TaskLedger(catalog, process);
        Tables = new TableStore(
            Path.Combine(data, "tables"), catalog, Lineage, process, [ledger, new RunFactWriter()], time);
        Online = new OnlineStore(Path.Combine(data, "online"), Lineage);
        Paths = new WorkspacePaths(
            Tables.Folder, Path.Combine(data, "objects"), Path.Combine(data, "online"), process.Path);
        Pipelines = new PipelineRunner(Tables, ledger, Paths, Path.Combine(data, "logs"), time);
        Tracking = new RunTracking(catalog);
        Buckets = new BucketStore(catalog, Objects);
        VersionView = new VersionBucket(
            Objects, _ => Task.FromResult<IReadOnlyList<VersionRef>>([]), (_, _) => Task.FromResult<VersionRef?>(null));
    }

    /// <summary>The folder that holds <c>.millrace/</c>.</summary>
    public string Folder { get; }

    public ICatalog Catalog { get; }

    public ObjectStore Objects { get; }

    public LineageGraph Lineage { get; }

    public TableStore Tables { get; }

    public PipelineRunner Pipelines { get; }

    public OnlineStore Online { get; }

    public RunTracking Tracking { get; }

    public BucketStore Buckets { get; }

    /// <summary>Versions of files as a bucket that nobody writes to.</summary>
    public VersionBucket VersionView { get; }

    /// <summary>Where the rooms keep their files.</summary>
    public WorkspacePaths Paths { get; }

    /// <summary>The rooms that hold references to objects.</summary>
    public IReadOnlyList<IRootSource> RootSources => [Tables, new VersionRoots(Catalog), Buckets];

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
        var settings = WorkspaceSettings.Read(Path.Combine(path, SettingsFileName));
        // A folder with nothing but its settings becomes a workspace here, and must say its format too.
        Create(path);
        var clock = time ?? TimeProvider.System;
        var workspace = OpenRooms(path, data, settings, clock);
        try
        {
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

    public async ValueTask DisposeAsync()
    {
        Objects.Dispose();
        await Catalog.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    static Workspace OpenRooms(string path, string data, WorkspaceSettings settings, TimeProvider time)
    {
        var process = ProcessFolder.Create(Path.Combine(data, "tmp"));
        try
        {
            return new Workspace(path, OpenCatalog(settings, data, time), process, time);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    async Task RecoverAsync(ILogger logger, CancellationToken cancellationToken)
    {
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

    static ICatalog OpenCatalog(WorkspaceSettings settings, string data, TimeProvider time)
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
