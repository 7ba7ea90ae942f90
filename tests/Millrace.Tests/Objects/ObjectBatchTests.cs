using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class ObjectBatchTests : IDisposable
{
    /// <summary>Folders that the first put syncs on its own thread.</summary>
    const int SyncsThatOpenTheStore = 3;

    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _store;

    public ObjectBatchTests() => _store = new ObjectStore(_scratch["objects"]);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Nothing_is_there_before_the_commit_and_all_is_there_after()
    {
        using var batch = _store.BeginBatch();
        var hashes = new ContentHash[500];
        Parallel.For(0, hashes.Length, i => hashes[i] = batch.Put(BitConverter.GetBytes(i)));
        using (var stream = new MemoryStream(new byte[2 << 20]))
            await batch.PutAsync(stream, Cancel);
        Assert.Empty(_store.List());
        Assert.Equal(501, batch.Count);

        await batch.CommitAsync(Cancel);

        Assert.Equal(501, _store.List().Count());
        for (var i = 0; i < hashes.Length; i++)
            Assert.Equal(BitConverter.GetBytes(i), await _store.ReadAsync(hashes[i], Cancel));
    }

    [Fact]
    public void A_batch_that_is_not_committed_leaves_nothing()
    {
        using (var batch = _store.BeginBatch())
        {
            for (var i = 0; i < 100; i++)
                batch.Put(BitConverter.GetBytes(i));
        }

        Assert.Empty(_store.List());
    }

    [Fact]
    public async Task The_same_bytes_many_times_in_a_batch_are_one_object()
    {
        using var batch = _store.BeginBatch();
        Parallel.For(0, 50, _ => batch.Put("same"u8));
        Assert.Equal(1, batch.Count);

        await batch.CommitAsync(Cancel);

        Assert.Equal([ContentHash.Of("same"u8)], _store.List());
    }

    [Fact]
    public async Task An_empty_batch_commits_and_a_committed_one_takes_no_more()
    {
        using var batch = _store.BeginBatch();
        await batch.CommitAsync(Cancel);

        Assert.Throws<InvalidOperationException>(() => batch.Put("late"u8));
        await Assert.ThrowsAsync<InvalidOperationException>(() => batch.CommitAsync(Cancel));
        Assert.Empty(_store.List());
    }

    [Fact]
    public async Task A_cancelled_commit_leaves_nothing_aside_and_nothing_half_written()
    {
        using (var batch = _store.BeginBatch())
        {
            batch.Put("cancelled"u8);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                batch.CommitAsync(new CancellationToken(canceled: true)));
        }

        Assert.Empty(_store.List());
    }

    [Fact]
    public async Task A_full_disk_in_the_middle_of_a_batch_leaves_none_of_it()
    {
        using var disk = new TinyDisk();
        using var store = new ObjectStore(Path.Join(disk.Path, "objects"));
        using (var batch = store.BeginBatch())
        {
            var error = await Assert.ThrowsAsync<MillraceException>(async () =>
            {
                for (var i = 0; i < 100; i++)
                    batch.Put(Noise(20_000, i));
                await batch.CommitAsync(Cancel);
            });
            Assert.Equal("disk-full", error.Code);
        }

        Assert.Empty(store.List());
        store.Put(Noise(500_000, 1));
    }

    [Fact]
    public async Task A_failed_fsync_fails_the_commit_and_nothing_becomes_visible()
    {
        var output = await ChildTest.RunAsync(
            typeof(ObjectBatchTests),
            nameof(Child_commits_a_batch),
            _scratch.Path,
            $"fsync:error=EIO:when={SyncsThatOpenTheStore + 1}+");

        Assert.True(File.Exists(_scratch["outcome"]), output);
        Assert.Equal("fsync-failed", await File.ReadAllTextAsync(_scratch["outcome"], Cancel));
        Assert.Empty(_store.List());
    }

    [Fact(Explicit = true)]
    public async Task Child_commits_a_batch()
    {
        var outcome = "committed";
        using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
        using var batch = store.BeginBatch();
        // Outside the try: the fault is to hit the threads that sync the files, not the folders that come first.
        batch.Put("first"u8);
        try
        {
            for (var i = 0; i < 200; i++)
                batch.Put(BitConverter.GetBytes(i));
            await batch.CommitAsync(Cancel);
        }
        catch (MillraceException exception)
        {
            outcome = exception.Code;
        }
        await File.WriteAllTextAsync(Path.Join(ChildTest.Folder, "outcome"), outcome, Cancel);
    }

    static byte[] Noise(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
