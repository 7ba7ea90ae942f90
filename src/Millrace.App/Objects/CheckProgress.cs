using Millrace.Objects;

namespace Millrace.App.Objects;

/// <summary>Says on standard error, once a second, how far a check has come; nothing when that is no
/// terminal.</summary>
sealed class CheckProgress(TimeProvider time) : IProgress<ObjectCheckProgress>
{
    readonly Lock _lock = new();
    readonly bool _isShown = !Console.IsErrorRedirected;
    long _last = time.GetTimestamp();

    public void Report(ObjectCheckProgress value)
    {
        if (!_isShown)
            return;
        lock (_lock)
        {
            if (time.GetElapsedTime(_last) < TimeSpan.FromSeconds(1))
                return;
            _last = time.GetTimestamp();
            Console.Error.Write($"\r{value.ObjectCount:N0} objects, {value.SizeBytes / 1e6:N1} MB read ");
        }
    }

    /// <summary>Clears the line.</summary>
    public void End()
    {
        if (_isShown)
            Console.Error.Write("\r\u001b[K");
    }
}
