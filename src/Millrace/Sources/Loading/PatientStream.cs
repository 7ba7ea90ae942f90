using Millrace.Objects;

namespace Millrace.Sources.Loading;

/// <summary>Reads what may let its reader wait for ever, such as a pipe, so that the reader can be cancelled: opening
/// and reading happen on another thread, into a buffer that stays with it.</summary>
/// <param name="open">Opens the source; it may wait.</param>
/// <param name="cancellationToken">Ends the waiting; what was opened then stays so until the process ends.</param>
sealed class PatientStream(Func<Stream> open, CancellationToken cancellationToken) : ForwardStream
{
    readonly byte[] _buffer = new byte[256 << 10];
    Stream? _source;
    int _start;
    int _end;
    long _handedOut;
    bool _isGivenUp;

    protected override long HandedOut => _handedOut;

    public override int Read(Span<byte> buffer)
    {
        _source ??= Await(Task.Run(open));
        if (_start == _end)
        {
            var source = _source;
            _end = Await(Task.Run(() => source.Read(_buffer, 0, _buffer.Length)));
            _start = 0;
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        _handedOut += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        // A read that is still waited for elsewhere has the stream as long as it lasts.
        if (disposing && !_isGivenUp)
        {
            _source?.Dispose();
        }

        base.Dispose(disposing);
    }

    T Await<T>(Task<T> task)
    {
        try
        {
#pragma warning disable VSTHRD002 // That is what it is for.
            return task.WaitAsync(cancellationToken).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (OperationCanceledException)
        {
            _isGivenUp = true;
            throw;
        }
    }
}
