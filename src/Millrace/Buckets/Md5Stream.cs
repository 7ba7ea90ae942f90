using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>Reads a stream ahead, in blocks, and computes the MD5 of what came on another thread: while one block is
/// stored, the next is hashed and a third arrives. A few blocks of memory, whatever the length.</summary>
sealed class Md5Stream : ForwardStream
{
    const int BlockSize = 1 << 20;
    const int BlocksMax = 4;

    readonly Channel<Block> _ready = Channel.CreateBounded<Block>(
        new BoundedChannelOptions(BlocksMax) { SingleReader = true, SingleWriter = true });
    readonly Stream _source;
    readonly bool _isHashing;
    readonly CancellationTokenSource _stop;
    readonly Task _reading;
    byte[] _md5 = [];
    Block _block;
    int _next;
    bool _isEnded;

    /// <param name="source">What is read.</param>
    /// <param name="isHashing">Whether the MD5 is wanted; else it is only read ahead.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Md5Stream(Stream source, bool isHashing, CancellationToken cancellationToken)
    {
        _source = source;
        _isHashing = isHashing;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _reading = Task.Run(() => ReadAllAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>How many bytes were handed out.</summary>
    public long Total { get; private set; }

    protected override long HandedOut => Total;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_next == _block.Count)
        {
            if (_isEnded)
                return 0;
            Return();
            if (!await _ready.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)
                || !_ready.Reader.TryRead(out _block))
            {
                _isEnded = true;
                return 0;
            }

            _next = 0;
        }

        var count = Math.Min(buffer.Length, _block.Count - _next);
        _block.Bytes.AsMemory(_next, count).CopyTo(buffer);
        _next += count;
        Total += count;
        return count;
    }

    /// <summary>The MD5 of everything; throws what the source threw.</summary>
    public async Task<byte[]> FinishAsync()
    {
        await _reading.ConfigureAwait(false);
        return _md5;
    }

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _reading.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whoever read has heard of it; here only the end is waited for.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        Return();
        while (_ready.Reader.TryRead(out _block))
            Return();
        _stop.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    // A block is hashed before it is handed on, so that it has one owner at a time; the source fills the next one
    // meanwhile only as far as its own buffers go, and storing runs beside both.
    async Task ReadAllAsync(CancellationToken cancellationToken)
    {
#pragma warning disable CA5351 // ETags are MD5 by the protocol; nothing relies on it for safety.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        try
        {
            while (true)
            {
                var bytes = ArrayPool<byte>.Shared.Rent(BlockSize);
                var count = 0;
                try
                {
                    count = await _source.ReadAtLeastAsync(
                        bytes.AsMemory(0, BlockSize), BlockSize, throwOnEndOfStream: false, cancellationToken)
                        .ConfigureAwait(false);
                    if (_isHashing)
                        md5.AppendData(bytes, 0, count);
                    await _ready.Writer.WriteAsync(new Block(bytes, count), cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    ArrayPool<byte>.Shared.Return(bytes);
                    throw;
                }

                if (count < BlockSize)
                    break;
            }

            _md5 = md5.GetHashAndReset();
            _ready.Writer.Complete();
        }
        catch (Exception exception)
        {
            _ready.Writer.Complete(exception);
            throw;
        }
    }

    void Return()
    {
        if (_block.Bytes is not null)
            ArrayPool<byte>.Shared.Return(_block.Bytes);
        _block = default;
        _next = 0;
    }

    readonly record struct Block(byte[] Bytes, int Count);
}
