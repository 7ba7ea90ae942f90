using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Millrace.Objects;
using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>An immutable state of a table: its schema and its live files.</summary>
/// <param name="Name">The table.</param>
/// <param name="Folder">Absolute path of the table; of its copies here when it lies elsewhere.</param>
/// <param name="Version">The version of the Delta log.</param>
/// <param name="Schema">The columns.</param>
/// <param name="Files">Live files, in the order in which they were added.</param>
/// <param name="TableId">The id in the log's metadata.</param>
/// <param name="Attempts">The applications that wrote, an attempt of ours by its id, with the version that each wrote
/// last; -1 for a version that a checkpoint stands for.</param>
/// <param name="RunId">The run that wrote this version; null when another writer did.</param>
public sealed record TableSnapshot(
    string Name,
    string Folder,
    long Version,
    TableSchema Schema,
    IReadOnlyList<DataFile> Files,
    string TableId,
    IReadOnlyDictionary<string, long> Attempts,
    string? RunId)
{
    /// <summary>The table whose files a shallow clone names, beside the clone's own folder.</summary>
    internal const string CloneProperty = "millrace.clonedFrom";

    /// <summary>That the table was dropped: the version has no rows, and those before it stay.</summary>
    internal const string DroppedProperty = "millrace.dropped";

    /// <summary>What made a version that is a dropped table.</summary>
    internal const string DropOperation = "DROP TABLE";

    static readonly IReadOnlyDictionary<string, string> NoProperties = new Dictionary<string, string>();

    /// <summary>The table's place as other programs name it: a folder, or <c>s3://bucket/prefix/table</c>.</summary>
    public string Location => Storage.Place;

    /// <summary>Where its files are.</summary>
    internal ITableFiles Storage { get => field ??= new LocalTableFiles(Folder); init; }

    /// <summary>What readers and writers of the table must know.</summary>
    public DeltaProtocol Protocol { get; init; } = DeltaProtocol.Basic;

    /// <summary>What the log says about the whole table.</summary>
    public DeltaMetadata Metadata
    {
        get => field ??= new DeltaMetadata(TableId, Schema, [], NoProperties);
        init;
    }

    /// <summary>What the writer of this version noted; null when it noted nothing, or its entry is gone.</summary>
    public CommitNote? Note { get; init; }

    /// <summary>How far each application has come.</summary>
    public IReadOnlyList<TransactionMark> Transactions { get; init; } = [];

    /// <summary>The settings that have names of their own.</summary>
    public IReadOnlyList<DomainMetadata> Domains { get; init; } = [];

    /// <summary>The files that earlier versions had; null when the log was read without them.</summary>
    public IReadOnlyList<RemovedFile>? Removed { get; init; }

    /// <summary>The time zone of times in the values of partitions that say none: that of the machine which wrote them,
    /// which the log does not tell. A name such as <c>Europe/Berlin</c>.</summary>
    public string WriterTimeZone { get; init; } = "UTC";

    /// <summary>The columns by which the files are parted; may be empty.</summary>
    public IReadOnlyList<string> PartitionColumns => Metadata.PartitionColumns;

    /// <summary>Whether the table was dropped with this version.</summary>
    internal bool IsDropped => Metadata.Is(DroppedProperty);

    /// <summary>The rows of the table. Files of which the log does not tell it are asked.</summary>
    public long RowCount => Files.Sum(file => file.RowCount) is var sum
        && Files.Any(file => file.RowCount == DataFile.UnknownRowCount) ? RowCounter.Count(this) : sum;

    public long SizeBytes => Files.Sum(file => file.SizeBytes);

    /// <summary>The files that may hold rows of a predicate, in their order: the others certainly hold none.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>.</exception>
    public IReadOnlyList<DataFile> Prune(TablePredicate predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new DataSkipping(this, predicate).Files();
    }

    /// <summary>The identity of the content: a hash over the schema and the hashes of the live files in sorted order,
    /// with the values of the partitions and the deleted rows that are not in the files' own bytes.
    /// It does not depend on file names, times or the version's number.</summary>
    public ContentHash Identity()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes("millrace table 1\n" + Schema.ToDelta() + "\n"));
        foreach (var file in Files.Select(IdentityOf).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\n"));
        }

        return new ContentHash(hash.GetHashAndReset());
    }

    /// <summary>The absolute path of a live file, which is brought here when it lies elsewhere.</summary>
    public string FullPath(DataFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Bring([file])[0].Path;
    }

    /// <summary>Live files with their absolute paths; those that lie elsewhere are brought here.</summary>
    internal IReadOnlyList<PlacedFile> Bring(IReadOnlyList<DataFile> files)
    {
        List<PlacedFile> placed = [.. files.Select(file => new PlacedFile(file, Confine(file.Path)))];
        Storage.Bring(placed);
        return placed;
    }

    /// <summary>The absolute path of a file beside the live ones, brought here when it lies elsewhere.</summary>
    internal string LocalPath(string relative) => Storage.LocalPath(Inside(relative));

    /// <summary>Whether a file that the log names is in its place.</summary>
    internal bool IsThere(string relative) => Storage.Exists(Inside(relative));

    /// <summary>What other programs find a file by that the log names.</summary>
    internal string Address(string relative) => Storage.Address(Inside(relative));

    /// <summary>A name from the log, relative to the table, that is where <see cref="Confine"/> allows.</summary>
    internal string Inside(string relative) => Path.GetRelativePath(Folder, Confine(relative));

    /// <summary>The absolute path of a name from the log, which must stay inside the table's folder, or inside that of
    /// the table that it was cloned from. Of a table elsewhere it is where the copy is, if there is one.</summary>
    internal string Confine(string relative)
    {
        var path = relative.Contains('\0', StringComparison.Ordinal)
            ? "" : Path.GetFullPath(Path.Combine(Folder, relative));
        return path.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || IsOfClone(path)
            ? path
            : throw new MillraceException(
                ErrorKind.Corrupt, "table-path-outside",
                $"The log of table '{Name}' names '{relative}', which is outside the table's folder.",
                "The log was not written by Millrace or was tampered with; restore it from a copy.");
    }

    /// <summary>Whether the table names files of another one beside it.</summary>
    internal bool IsCloneOf(string name) => Metadata.Configuration.TryGetValue(CloneProperty, out var sources)
        && sources.Split(',').Contains(name, StringComparer.Ordinal);

    // Only a table beside this one, whatever the log says.
    bool IsOfClone(string path) => Metadata.Configuration.TryGetValue(CloneProperty, out var sources)
        && sources.Split(',').Any(source => SqlName.IsTable(source) && path.StartsWith(
            Path.Combine(Path.GetDirectoryName(Folder) ?? Folder, source) + Path.DirectorySeparatorChar,
            StringComparison.Ordinal));

    string IdentityOf(DataFile file)
    {
        var hash = file.Hash.Length > 0 ? file.Hash : HashOf(file);
        if (file.PartitionValues.Count > 0)
        {
            hash += " " + JsonSerializer.Serialize(
                file.PartitionValues.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => new[] { pair.Key, pair.Value }).ToArray(),
                TablesJson.Default.StringArrayArray);
        }

        return file.DeletionVector is null
            ? hash : $"{hash} deleted {DeletedRows.Read(this, file.DeletionVector).Hash()}";
    }

    string HashOf(DataFile file)
    {
        using var stream = File.OpenRead(FullPath(file));
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
