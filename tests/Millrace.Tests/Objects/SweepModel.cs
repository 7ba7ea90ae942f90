using Millrace.Objects;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>Writers, a sweep and what they must agree on: a store beside a dictionary of what is needed.</summary>
/// <remarks>Each writer is a store of its own over one folder, as a process would be. What a writer puts is needed from
/// the moment its batch has committed until it is released; a reference is written before the batch is disposed, or
/// within the grace period after it.</remarks>
sealed class SweepModel : IDisposable
{
    static readonly TimeSpan Grace = TimeSpan.FromHours(24);

    readonly string _folder;
    readonly SetClock _clock = new();
    readonly RootSet _roots = new();
    readonly Dictionary<ContentHash, byte[]> _needed = [];
    readonly ObjectStore[] _stores;
    readonly (ObjectBatch Batch, List<byte[]> Put)?[] _open = new (ObjectBatch, List<byte[]>)?[3];
    readonly List<byte[]> _late = [];

    public SweepModel(string folder)
    {
        _folder = folder;
        _stores = [.. Enumerable.Range(0, 3).Select(_ => new ObjectStore(folder))];
    }

    public void Do(int action, int content, int writer)
    {
        var bytes = Content(content);
        switch (action)
        {
            case 0 or 1:
                _open[writer] ??= (_stores[writer].BeginBatch(), []);
                _open[writer]!.Value.Batch.Put(bytes);
                _open[writer]!.Value.Put.Add(bytes);
                break;
            case 2 or 3:
                Commit(writer);
                break;
            case 4:
                // Its reference comes only later, but before the next moment at which anything can be dropped.
                _stores[writer].Put(bytes);
                _late.Add(bytes);
                break;
            case 5:
                _roots.Remove(ContentHash.Of(bytes));
                _needed.Remove(ContentHash.Of(bytes));
                break;
            case 6 or 7:
                // A pack that a writer keeps open for its next put is left alone.
                Sweep(writer, isAlone: action == 6);
                break;
            case 8:
                ReferToLate();
                _clock.Advance(Grace * ((content + 1) / 3.0));
                break;
            case 9:
                Crash(writer);
                break;
            default:
                Check(_stores[writer]);
                break;
        }
    }

    /// <summary>At the end everything needed is there, and two sweeps leave nothing else.</summary>
    public void End()
    {
        ReferToLate();
        for (var writer = 0; writer < _stores.Length; writer++)
            Commit(writer);
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(Grace * 2);
            Sweep(i, isAlone: true);
        }

        using var fresh = new ObjectStore(_folder);
        Check(fresh);
        Assert.Equal(_needed.Keys.Order(), fresh.List());
    }

    public void Dispose()
    {
        foreach (var open in _open)
            open?.Batch.Dispose();
        foreach (var store in _stores)
            store.Dispose();
    }

    void Commit(int writer)
    {
        if (_open[writer] is not { } open)
            return;
        open.Batch.Commit();
        open.Put.ForEach(Need);
        open.Batch.Dispose();
        _open[writer] = null;
    }

    void Need(byte[] bytes)
    {
        var hash = ContentHash.Of(bytes);
        _roots.Add(hash);
        _needed[hash] = bytes;
    }

    void ReferToLate()
    {
        _late.ForEach(Need);
        _late.Clear();
    }

    void Sweep(int writer, bool isAlone)
    {
        foreach (var store in isAlone ? _stores : [])
            store.Packs.Writers.ReleaseFree();
        new ObjectSweep(_stores[writer], _clock)
            .SweepAsync([_roots], new SweepOptions { Grace = Grace }).GetAwaiter().GetResult();
    }

    void Crash(int writer)
    {
        _open[writer]?.Batch.Dispose();
        _open[writer] = null;
        _stores[writer].Dispose();
        _stores[writer] = new ObjectStore(_folder);
    }

    void Check(ObjectStore store)
    {
        foreach (var (hash, bytes) in _needed)
            Assert.Equal(bytes, store.Read(hash));
        // Needed or not, what is there can be read.
        foreach (var hash in store.List())
            Assert.Equal(hash, ContentHash.Of(store.Read(hash)));
    }

    /// <summary>Small ones, and large ones that share chunks.</summary>
    static byte[] Content(int number) => number < 3
        ? Noise.Of(100 + number, number)
        : [.. Noise.Of(200_000, 77), .. Noise.Of(number * 1000, number)];
}
