using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects.Remotes;

namespace Millrace.Objects.Packs;

/// <summary>The folder of packs: names, creation, and the writers that this process holds.</summary>
sealed class PackFolder(string folder, EntryCipher? cipher = null, ObjectTier? tier = null) : IDisposable
{
    public const string PackSuffix = ".pack";
    public const string IndexSuffix = ".idx";

    /// <summary>A pack of this size takes no more groups.</summary>
    public const long SizeTarget = 64 << 20;

    // "MILLPACK" | u32 version | u32 flags | 16 bytes that name the key, or zero. Little-endian.
    public const int HeaderSize = 32;
    const uint FormatVersion = 1;
    const int KeyNameOffset = 16;
    const uint Writable = AsideFile.Writable;
    const int NameDigits = 32;

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    readonly Lock _lock = new();
    readonly Stack<PackWriter> _free = new();
    bool _isDurable;
    bool _isDisposed;

    static ReadOnlySpan<byte> Magic => "MILLPACK"u8;

    public string Folder => folder;

    public static string IndexOf(string packPath) => Path.ChangeExtension(packPath, IndexSuffix);

    /// <summary>Whether the bytes begin a pack that this Millrace reads.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderSize && bytes.StartsWith(Magic)
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == FormatVersion;

    /// <summary>The 32 bytes that begin a pack.</summary>
    public static void WriteHeader(Span<byte> target, EntryCipher? cipher)
    {
        target[..HeaderSize].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], FormatVersion);
        cipher?.KeyName.CopyTo(target[KeyNameOffset..]);
    }

    /// <summary>Compares the key that a pack's header names with the store's.</summary>
    /// <exception cref="MillraceException"><c>encryption-key-missing</c>, <c>encryption-key-wrong</c>,
    /// <c>store-not-encrypted</c>.</exception>
    public static void CheckKey(ReadOnlySpan<byte> header, string path, EntryCipher? cipher) =>
        StoreKey.Check(header.Slice(KeyNameOffset, EntryCipher.KeyNameSize), path, cipher);

    /// <summary>Every pack's file, in the order of their names.</summary>
    public List<string> ListPacks()
    {
        if (!Directory.Exists(folder))
            return [];
        List<string> packs = [.. Directory.EnumerateFiles(folder, "*" + PackSuffix)];
        packs.RemoveAll(path => !IsPackName(Path.GetFileName(path)));
        packs.Sort(StringComparer.Ordinal);
        return packs;
    }

    /// <summary>Whether a file of the folder is one that the store made.</summary>
    public static bool IsPackName(string name) =>
        name.Length == NameDigits + PackSuffix.Length
        && name.EndsWith(PackSuffix, StringComparison.Ordinal)
        && !name.AsSpan(0, NameDigits).ContainsAnyExcept(Digits);

    /// <summary>A writer of a pack with room: one that this process has, one on the disk that nobody holds, or of a new
    /// pack. Give it back with <see cref="Return"/>.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>.</exception>
    public PackWriter Take()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_free.TryPop(out var writer))
                return writer;
            if (!_isDurable)
            {
                DurableFile.CreateFolder(folder);
                // Another process may have made the folders and not have come to sync their names.
                var parent = DurableFile.FolderOf(folder);
                DurableFile.SyncFolder(parent);
                DurableFile.SyncFolder(DurableFile.FolderOf(parent));
                _isDurable = true;
            }
        }

        return OpenExisting() ?? Create();
    }

    /// <summary>A writer of a pack that is new, for what is moved out of others.</summary>
    public PackWriter TakeNew() => Create();

    /// <summary>Takes a writer back; what it appended without a commit is undone.</summary>
    public void Return(PackWriter writer)
    {
        writer.Rollback();
        lock (_lock)
        {
            if (!_isDisposed && writer.IsClean && writer.End < SizeTarget)
            {
                _free.Push(writer);
                return;
            }
        }

        writer.Dispose();
    }

    /// <summary>Gives up the packs that this process holds and does not use at the moment.</summary>
    public void ReleaseFree()
    {
        lock (_lock)
        {
            while (_free.TryPop(out var writer))
                writer.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        ReleaseFree();
    }

    /// <summary>Opens a pack for appending and takes its lock.</summary>
    /// <returns>Null when somebody holds it or it is gone.</returns>
    public static LockedFile? TryLock(string path)
    {
        var descriptor = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return null;
        var pack = LockedFile.TryLock(new SafeFileHandle(descriptor, ownsHandle: true), path);
        // A sweep may have replaced the pack between the open and the lock.
        if (pack is not null && File.Exists(path))
            return pack;
        pack?.Dispose();
        return null;
    }

    PackWriter? OpenExisting()
    {
        foreach (var path in ListPacks())
        {
            if (new FileInfo(path) is not { Exists: true } file || file.Length >= SizeTarget)
                continue;
            var pack = TryLock(path);
            if (pack is null)
                continue;
            try
            {
                if (PackRecovery.Complete(pack.Handle, path, cipher) is { } covered && covered.PackEnd < SizeTarget)
                {
                    var index = DurableFile.Open(IndexOf(path), Libc.OpenWriteOnly | Libc.OpenCreate, Writable);
                    return new PackWriter(pack, index, path, covered.PackEnd, covered.IndexEnd, cipher, tier);
                }
            }
            catch (IOException)
            {
                // It cannot be read; another one is appended to.
            }
            catch
            {
                pack.Dispose();
                throw;
            }

            pack.Dispose();
        }

        return null;
    }

    PackWriter Create()
    {
        while (true)
        {
            var path = Path.Join(folder, Guid.NewGuid().ToString("N") + PackSuffix);
            var pack = LockedFile.TryLock(
                DurableFile.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, Writable), path);
            // Another process saw it before it was locked and looks into it; it finds nothing and lets go.
            if (pack is null)
                continue;

            // A sweep takes away packs without a header.
            if (!File.Exists(path))
            {
                pack.Dispose();
                continue;
            }

            try
            {
                return Begin(pack, path);
            }
            catch
            {
                // Nothing is in it: the next writer can have the name's space.
                File.Delete(path);
                File.Delete(IndexOf(path));
                pack.Dispose();
                throw;
            }
        }
    }

    PackWriter Begin(LockedFile pack, string path)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        WriteHeader(header, cipher);
        try
        {
            RandomAccess.Write(pack.Handle, header, 0);
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, path);
        }

        var index = DurableFile.Open(IndexOf(path), Libc.OpenWriteOnly | Libc.OpenCreate, Writable);
        try
        {
            // The names; the content is synced by the first commit.
            DurableFile.SyncFolder(folder);
            return new PackWriter(pack, index, path, HeaderSize, 0, cipher, tier);
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }
}
