using Millrace.Catalog;

namespace Millrace.Objects.Packs;

/// <summary>Keeps writers and sweeps apart without either waiting for the other: who writes holds a shared lock on the
/// plan that was current when it began, and a plan is carried out only when nobody holds the one before it.</summary>
/// <remarks>The argument is in docs/decisions/0007-sweep.md. The lock is flock(2) on the plan's inode; a new plan is a
/// new inode, and the one before stays reachable as <see cref="PreviousName"/>. Thread-safe.</remarks>
sealed class SweepGuard(string folder, PackSet packs) : IDisposable
{
    public const string PlanName = "sweep.plan";
    public const string PreviousName = "sweep.previous";

    readonly Lock _lock = new();
    readonly string _path = Path.Join(folder, PlanName);
    readonly string _previous = Path.Join(folder, PreviousName);
    SweepGeneration? _current;

    public PackSet Packs => packs;

    /// <summary>Begins to rely on what is stored. Until the hold is disposed no sweep drops an entry that was not
    /// condemned by the plan of the hold.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>.</exception>
    public ObjectHold Enter()
    {
        lock (_lock)
        {
            while (true)
            {
                if (_current is null || !_current.IsAt(_path))
                    Open();
                var generation = _current!;
                generation.Hold();
                // A new plan may have come between the open and the lock; the old one's lock guards nothing then.
                if (generation.IsAt(_path))
                    return new ObjectHold(this, generation);
                generation.Release();
            }
        }
    }

    public void Leave(SweepGeneration generation)
    {
        lock (_lock)
            generation.Release();
    }

    /// <summary>The plan that is current.</summary>
    public SweepPlan ReadPlan()
    {
        if (!File.Exists(_path))
            return SweepPlan.Empty;
        using var handle = DurableFile.Open(_path, Libc.OpenReadOnly, 0);
        return SweepGeneration.ReadPlan(handle);
    }

    /// <summary>Whether every writer that began before the current plan is done. Only for who sweeps.</summary>
    public bool IsPreviousFree()
    {
        if (!File.Exists(_previous))
            return true;
        var handle = DurableFile.Open(_previous, Libc.OpenReadOnly, 0);
        using (var now = DurableFile.Open(_path, Libc.OpenReadOnly | Libc.OpenCreate, AsideFile.Writable))
        {
            // A crash left it so, after the real one was seen to be free.
            if (Libc.FileStatus(handle, out var old) == 0 && Libc.FileStatus(now, out var status) == 0
                && old.Inode == status.Inode)
            {
                handle.Dispose();
                return true;
            }
        }

        using var alone = LockedFile.TryLock(handle, _previous);
        return alone is not null;
    }

    /// <summary>Makes a plan the current one. Only for who sweeps.</summary>
    /// <returns>False when a writer of the plan before the current one is still there: nothing was changed.</returns>
    public bool TryPublish(SweepPlan plan)
    {
        if (!IsPreviousFree())
            return false;
        using (DurableFile.Open(_path, Libc.OpenReadOnly | Libc.OpenCreate, AsideFile.Writable))
        {
        }

        File.Delete(_previous);
        DurableFile.TryLink(_path, _previous);
        DurableFile.Write(_path, plan.ToBytes());
        return true;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _current?.Retire();
            _current = null;
        }
    }

    void Open()
    {
        DurableFile.CreateFolder(folder);
        var handle = DurableFile.Open(_path, Libc.OpenReadOnly | Libc.OpenCreate, AsideFile.Writable);
        SweepGeneration generation;
        try
        {
            generation = new SweepGeneration(handle, _path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        _current?.Retire();
        _current = generation;
        // What was swept under the plans before must not be relied on from memory.
        packs.ForgetSwept();
    }
}
