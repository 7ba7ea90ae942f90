using System.Collections.Concurrent;

namespace Millrace.Objects.Packs;

/// <summary>Codecs that wait for their next use: making one allocates its tables.</summary>
sealed class CodecPool : IDisposable
{
    readonly ConcurrentBag<PayloadCodec> _free = [];

    public PayloadCodec Take() => _free.TryTake(out var codec) ? codec : new PayloadCodec();

    public void Return(PayloadCodec codec) => _free.Add(codec);

    public void Dispose()
    {
        foreach (var codec in _free)
            codec.Dispose();
    }
}
