using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Iceberg;

namespace Millrace.Tables.Places;

/// <summary>Copies tables with all their versions to another place, data first and the log last. What is there already
/// is not copied again, so that a copy which was cut off goes on.</summary>
/// <param name="source">Where they are; nobody may write to them meanwhile.</param>
/// <param name="target">Where they go.</param>
/// <param name="verifies">Whether every file is read back and compared; else only its length is.</param>
sealed class TableCopy(ITablePlace source, ITablePlace target, bool verifies)
{
    /// <summary>Files that are copied at once.</summary>
    const int FilesMax = 4;

    const string IcebergFolder = "metadata/";

    int _files;
    int _verified;
    long _bytes;

    /// <summary>Files that were copied now.</summary>
    public int FileCount => _files;

    /// <summary>Files that were read back and compared.</summary>
    public int VerifiedCount => _verified;

    /// <summary>Bytes that were copied now.</summary>
    public long SizeBytes => _bytes;

    /// <summary>Copies a table.</summary>
    /// <exception cref="MillraceException"><c>tables-not-empty</c>: another table of this name is there;
    /// <c>move-differs</c>: other bytes arrived.</exception>
    public void Copy(string table, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var from = source.Of(table);
        var to = target.Of(table);
        CheckSame(table, from, to);
        var there = to.Walk().ToDictionary(file => file.Path, file => file.SizeBytes, StringComparer.Ordinal);
        List<TableFile> files = [.. from.Walk().Where(file => !IsOfNobody(file.Path))];
        var options = new ParallelOptions { MaxDegreeOfParallelism = FilesMax, CancellationToken = cancellationToken };
        Parallel.ForEach(
            files.Where(file => !IsOfLog(file.Path)), options, file => CopyFile(from, to, file, there));
        to.Create();
        foreach (var file in files.Where(file => IsOfLog(file.Path))
            .OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            CopyFile(from, to, file, there);
        }

        // It names files by their whole addresses.
        if (DeltaLog.Read(table, to) is { } newest && newest.Metadata.Is(IcebergMirror.Property))
        {
            IcebergMirror.Write(newest, now);
        }
    }

    void CopyFile(ITableFiles from, ITableFiles to, TableFile file, Dictionary<string, long> there)
    {
        var aside = to.StagePath($"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
        DurableFile.MakeFolder(DurableFile.FolderOf(aside));
        try
        {
            if (there.TryGetValue(file.Path, out var size) && size == file.SizeBytes
                && (verifies ? Hash(to, file.Path) == Hash(from, file.Path) : IsNeverChanged(file.Path)))
            {
                Interlocked.Add(ref _verified, verifies ? 1 : 0);
                return;
            }

            string hash;
            using (var source = from.Open(file.Path) ?? throw Differs($"'{from.Address(file.Path)}' is gone."))
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                source.CopyTo(stream);
                stream.Flush();
                DurableFile.Sync(stream.SafeFileHandle, aside);
                stream.Position = 0;
                hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            }

            to.Publish(aside, file.Path);
            Interlocked.Increment(ref _files);
            Interlocked.Add(ref _bytes, file.SizeBytes);
            if (verifies)
            {
                if (Hash(to, file.Path) != hash)
                {
                    throw Differs($"'{to.Address(file.Path)}' came back with other bytes.");
                }

                Interlocked.Increment(ref _verified);
            }
        }
        finally
        {
            File.Delete(aside);
        }
    }

    static void CheckSame(string table, ITableFiles from, ITableFiles to)
    {
        if (DeltaLog.Read(table, to) is not { } there)
        {
            return;
        }

        var here = DeltaLog.Read(table, from);
        if (here?.TableId != there.TableId || there.Version > here.Version)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "tables-not-empty", $"There is another table '{table}' in '{to.Place}'.",
                "Name another prefix or another folder; nothing was switched.");
        }
    }

    static string? Hash(ITableFiles files, string path)
    {
        using var stream = files.Open(path);
        return stream is null ? null : Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    static bool IsNeverChanged(string path) => !IsOfLog(path) && path is not LostVersions.FileName;

    static bool IsOfLog(string path) => path.StartsWith(LogListing.Folder + "/", StringComparison.Ordinal);

    // What a writer left that died, and the mirror, which is written anew.
    static bool IsOfNobody(string path) => path.StartsWith(IcebergFolder, StringComparison.Ordinal)
        || Path.GetFileName(path).StartsWith(DurableFile.AsidePrefix, StringComparison.Ordinal);

    static MillraceException Differs(string message) => new(
        ErrorKind.Corrupt, "move-differs", message,
        "Nothing was switched: the workspace is as it was. Run 'millrace fsck', then the same command again.");
}
