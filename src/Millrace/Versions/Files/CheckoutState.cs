using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>What one checkout remembers beside its index: which branch it is on, a merge that is not ended, and a
/// checkout that was cut off. Small files in <c>.millrace/versions/</c>, each written in one step.</summary>
sealed class CheckoutState(string folder)
{
    public const string DefaultBranch = VersionStore.DefaultBranch;

    const string BranchMark = "ref: ";
    const long StateBytesMax = 256 << 20;
    static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(25);

    /// <summary>A command just before may be ending, and a status holds the lock for the moment of its write.</summary>
    static readonly TimeSpan LockWaitMin = TimeSpan.FromMilliseconds(500);

    public string Folder => folder;

    /// <summary>How to wait for another process.</summary>
    public CheckoutWait Wait { get; set; } = new();

    public string IndexFile => Path.Join(folder, "index");

    string HeadFile => Path.Join(folder, "HEAD");

    string MergeFile => Path.Join(folder, "MERGE");

    string SparseFile => Path.Join(folder, "SPARSE");

    string PartialFile => Path.Join(folder, "PARTIAL");

    string JournalFile => Path.Join(folder, "CHECKOUT");

    /// <summary>The branch, or the commit when the checkout is on none.</summary>
    /// <exception cref="MillraceException"><c>head-damaged</c>.</exception>
    public HeadState ReadHead()
    {
        if (!File.Exists(HeadFile))
            return new HeadState(DefaultBranch, null);
        var text = File.ReadAllText(HeadFile).TrimEnd('\n');
        if (text.StartsWith(BranchMark, StringComparison.Ordinal) && RefName.IsValid(text[BranchMark.Length..]))
            return new HeadState(text[BranchMark.Length..], null);
        return ContentHash.TryParse(text, out var commit) ? new HeadState(null, commit) : throw Damaged(HeadFile);
    }

    public void WriteHead(HeadState head) => Write(
        HeadFile, Encoding.UTF8.GetBytes(head.Branch is { } branch ? $"{BranchMark}{branch}\n" : $"{head.Commit}\n"));

    public MergeState? ReadMerge() =>
        File.Exists(MergeFile) ? Read(MergeFile, VersionsJson.Default.MergeState) : null;

    public void WriteMerge(MergeState? state) => Write(MergeFile, state, VersionsJson.Default.MergeState);

    public CheckoutJournal? ReadJournal() =>
        File.Exists(JournalFile) ? Read(JournalFile, VersionsJson.Default.CheckoutJournal) : null;

    public void WriteJournal(CheckoutJournal? journal) =>
        Write(JournalFile, journal, VersionsJson.Default.CheckoutJournal);

    /// <summary>Which paths the checkout has; null for all.</summary>
    /// <exception cref="MillraceException"><c>head-damaged</c>.</exception>
    public SparsePaths? ReadSparse()
    {
        if (!File.Exists(SparseFile))
            return null;
        return new FileInfo(SparseFile).Length <= StateBytesMax
            ? SparsePaths.TryRead(File.ReadAllBytes(SparseFile)) ?? throw Damaged(SparseFile)
            : throw Damaged(SparseFile);
    }

    public void WriteSparse(SparsePaths paths) => Write(SparseFile, paths.ToBytes());

    /// <summary>Whether contents may be missing that only a remote has.</summary>
    public bool IsPartial
    {
        get => File.Exists(PartialFile);
        set
        {
            if (value == IsPartial)
                return;
            if (value)
            {
                Write(PartialFile, []);
                return;
            }

            File.Delete(PartialFile);
            DurableFile.SyncFolder(folder);
        }
    }

    /// <summary>Takes the checkout for one process.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>checkout-busy</c>.</exception>
    public FolderLock Lock(CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(folder);
        using var pause = new ManualResetEventSlim();
        var isTold = false;
        var begin = TimeProvider.System.GetTimestamp();
        var max = Wait.Max > LockWaitMin ? Wait.Max : LockWaitMin;
        while (true)
        {
            if (FolderLock.TryAcquire(folder) is { } held)
                return held;
            var waited = TimeProvider.System.GetElapsedTime(begin);
            if (waited >= max)
                break;
            if (waited >= CheckoutWait.Silence && !isTold)
            {
                Wait.IsWaiting?.Invoke(FolderLock.HolderOf(folder));
                isTold = true;
            }

            pause.Wait(LockPause, cancellationToken);
        }

        var holder = FolderLock.HolderOf(folder) is { } process
            ? string.Create(CultureInfo.InvariantCulture, $"Process {process}") : "Another process";
        throw new MillraceException(
            ErrorKind.Conflict, "checkout-busy", $"{holder} changes the checkout of '{folder}' now.",
            "Wait until it ends, then run the command again. When a process dies its lock is gone by itself.");
    }

    void Write(string file, byte[] bytes)
    {
        DurableFile.CreateFolder(folder);
        DurableFile.Write(file, bytes);
    }

    void Write<T>(string file, T? value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        if (value is not null)
        {
            Write(file, JsonSerializer.SerializeToUtf8Bytes(value, type));
        }
        else if (File.Exists(file))
        {
            File.Delete(file);
            DurableFile.SyncFolder(folder);
        }
    }

    static T? Read<T>(string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(file))
            return null;
        try
        {
            if (new FileInfo(file).Length <= StateBytesMax)
                return JsonSerializer.Deserialize(File.ReadAllBytes(file), type) ?? throw Damaged(file);
        }
        catch (JsonException)
        {
            throw Damaged(file);
        }

        throw Damaged(file);
    }

    static MillraceException Damaged(string file) => new(
        ErrorKind.Corrupt, "head-damaged", $"'{file}' is damaged.",
        "Delete it and run 'millrace checkout BRANCH'; your files stay as they are.");
}
