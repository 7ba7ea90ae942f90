using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Millrace.Sources.Databases;

/// <summary>Reads a stream on a thread of its own, some blocks ahead, so that whoever sends never waits while a block
/// of rows is packed. Computes the bytes' SHA-256 on the way.</summary>
sealed class ReadAhead : IDisposable
{
    const int BlockSize = 1 << 20;
    const int MaxBlocks = 48;
    const int ReadyBytes = 256 << 10;

    readonly Stream _stream;
    readonly Action _cancel;
    readonly Func<Exception, Exception> _failure;
    readonly BlockingCollection<(byte[] Bytes, int Count)> _blocks = new(MaxBlocks);
    readonly CancellationTokenSource _stop;
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly Task _reader;
    byte[] _block = [];
    int _start;
    int _end;
    bool _isEnded;

    /// <param name="stream">Read to its end; not disposed.</param>
    /// <param name="cancel">Ends a read that waits.</param>
    /// <param name="failure">What a failure of the stream means.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public ReadAhead(
        Stream stream, Action cancel, Func<Exception, Exception> failure, CancellationToken cancellationToken)
    {
        _failure = failure;
        _stream = stream;
        _cancel = cancel;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _reader = Task.Factory.StartNew(
            Pump, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <returns>0 at the end of the stream.</returns>
    public int Read(Span<byte> target)
    {
        while (_start == _end)
        {
            if (_isEnded || !Take())
            {
                return 0;
            }
        }

        var count = Math.Min(target.Length, _end - _start);
        _block.AsSpan(_start, count).CopyTo(target);
        _start += count;
        return count;
    }

    /// <summary>SHA-256 of the stream, once it has ended.</summary>
    public string Hash()
    {
        WaitForReader();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose()
    {
        if (!_reader.IsCompleted)
        {
            _stop.Cancel();
            _cancel();
            // What was read and is not wanted must not keep the reader waiting for room.
            while (_blocks.TryTake(out var block))
            {
                ArrayPool<byte>.Shared.Return(block.Bytes);
            }

            ((IAsyncResult)_reader).AsyncWaitHandle.WaitOne();
        }

        while (_blocks.TryTake(out var block))
        {
            ArrayPool<byte>.Shared.Return(block.Bytes);
        }

        if (_block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_block);
        }

        _stop.Dispose();
        _blocks.Dispose();
        _hash.Dispose();
    }

    bool Take()
    {
        if (_block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_block);
            _block = [];
        }

        if (!_blocks.TryTake(out var next, Timeout.Infinite, _stop.Token))
        {
            _isEnded = true;
            WaitForReader();
            return false;
        }

        (_block, _start, _end) = (next.Bytes, 0, next.Count);
        return true;
    }

    /// <summary>Throws what the reader met.</summary>
    void WaitForReader()
    {
        try
        {
#pragma warning disable VSTHRD002 // The reader has ended, or is about to.
            _reader.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or IOException)
        {
            _stop.Token.ThrowIfCancellationRequested();
            throw _failure(exception);
        }
    }

    void Pump()
    {
        try
        {
            while (true)
            {
                var bytes = ArrayPool<byte>.Shared.Rent(BlockSize);
                var count = 0;
                var read = 1;
                while (count < ReadyBytes && (read = _stream.Read(bytes.AsSpan(count))) > 0)
                {
                    count += read;
                }

                _stop.Token.ThrowIfCancellationRequested();
                if (count > 0)
                {
                    _hash.AppendData(bytes.AsSpan(0, count));
                    _blocks.Add((bytes, count), _stop.Token);
                }

                if (read == 0)
                {
                    return;
                }
            }
        }
        finally
        {
            _blocks.CompleteAdding();
        }
    }
}
