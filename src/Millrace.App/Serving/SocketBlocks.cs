using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Millrace.App.Serving;

/// <summary>The memory that sockets receive into and small answers are sent from. Blocks of eight pages instead of
/// Kestrel's one make an eighth of the calls for a large body. A connection that waits holds none.</summary>
sealed class SocketBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    const int BlockSize = 32 * 1024;

    /// <summary>What is kept for later: 16 MiB.</summary>
    const int KeptMax = 512;

    readonly ConcurrentBag<Block> _free = [];
    int _count;

    public override int MaxBufferSize => BlockSize;

    /// <summary>One for all queues of the listener.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        if (!_free.TryTake(out var block))
            return new Block(this);
        Interlocked.Decrement(ref _count);
        block.Take();
        return block;
    }

    protected override void Dispose(bool disposing)
    {
        // The collector has the blocks once nobody holds them.
    }

    void Return(Block block)
    {
        if (Interlocked.Increment(ref _count) <= KeptMax)
            _free.Add(block);
        else
            Interlocked.Decrement(ref _count);
    }

    sealed class Block(SocketBlocks pool) : IMemoryOwner<byte>
    {
        readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);
        int _isTaken = 1;

        // Pinned already, so that a call to the kernel need not do it.
        public Memory<byte> Memory => MemoryMarshal.CreateFromPinnedArray(_bytes, 0, BlockSize);

        public void Take() => Volatile.Write(ref _isTaken, 1);

        public void Dispose()
        {
            // Twice would give one block to two connections.
            if (Interlocked.Exchange(ref _isTaken, 0) == 1)
                pool.Return(this);
        }
    }
}
