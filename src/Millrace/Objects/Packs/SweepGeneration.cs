using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Objects.Packs;

/// <summary>One plan, and how many in this process rely on it. For one thread at a time.</summary>
sealed class SweepGeneration
{

    readonly SafeFileHandle _handle;
    readonly FileStatus _status;
    readonly string _path;
    int _holders;
    bool _isRetired;

    /// <param name="handle">The plan's file; this object closes it. It stays open, so that no other file can get its
    /// inode.</param>
    /// <param name="path">Its name for messages.</param>
    public SweepGeneration(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
        if (Libc.FileStatus(handle, out _status) != 0)
            throw DurableFile.Failure(DurableFile.LastError(), path);
        Plan = ReadPlan(handle);
    }

    public SweepPlan Plan { get; }

    public static SweepPlan ReadPlan(SafeFileHandle handle)
    {
        var size = RandomAccess.GetLength(handle);
        if (size > SweepPlan.SizeMax)
            return SweepPlan.Unreadable;
        var bytes = new byte[size];
        return SweepPlan.Read(bytes.AsSpan(0, RandomAccess.Read(handle, bytes, 0)));
    }

    /// <summary>Whether the file of that name is this one.</summary>
    public bool IsAt(string path)
    {
        var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return false;
        var found = Libc.FileStatus(descriptor, out var status) == 0;
        _ = Libc.Close(descriptor);
        return found && status.Inode == _status.Inode && status.Device == _status.Device;
    }

    public void Hold()
    {
        if (_holders == 0)
        {
            while (Libc.Flock(_handle, Libc.LockShared) != 0)
            {
                var error = DurableFile.LastError();
                if (error != Errno.Interrupted)
                    throw DurableFile.Failure(error, _path);
            }
        }

        _holders++;
    }

    public void Release()
    {
        _holders--;
        if (_holders > 0)
            return;
        _ = Libc.Flock(_handle, Libc.LockRelease);
        if (_isRetired)
            _handle.Dispose();
    }

    /// <summary>Nobody new comes; the last holder closes the file.</summary>
    public void Retire()
    {
        _isRetired = true;
        if (_holders == 0)
            _handle.Dispose();
    }
}
