using System.Buffers;
using ZstdSharp;

namespace Millrace.Objects.Packs;

/// <summary>Compresses payloads where it pays and restores them. One for each thread at a time.</summary>
sealed class PayloadCodec : IDisposable
{
    /// <summary>What is smaller is stored as it is: the frame and the calls cost more than they save.</summary>
    const int SizeMin = 128;

    const int Level = 3;
    const int SampleSize = 1024;
    const int SampleRun = 128;

    readonly Compressor _compressor = new(Level);
    readonly Decompressor _decompressor = new();

    /// <summary>Compresses the bytes if they look as if that would help and it does, by a sixteenth at least.</summary>
    /// <param name="raw">The bytes.</param>
    /// <param name="buffer">A rented array when the answer is not empty; the caller returns it.</param>
    /// <returns>The compressed bytes; empty when they are better stored as they are.</returns>
    public ReadOnlySpan<byte> TryCompress(ReadOnlySpan<byte> raw, out byte[]? buffer)
    {
        buffer = null;
        if (raw.Length < SizeMin || !LooksCompressible(raw))
            return [];
        buffer = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(raw.Length));
        var count = _compressor.Wrap(raw, buffer);
        if (count <= raw.Length - (raw.Length / 16))
            return buffer.AsSpan(0, count);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = null;
        return [];
    }

    /// <returns>False when the bytes are no frame of exactly the target's length.</returns>
    public bool TryDecompress(ReadOnlySpan<byte> stored, Span<byte> target)
    {
        try
        {
            return _decompressor.TryUnwrap(stored, target, out var written) && written == target.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _compressor.Dispose();
        _decompressor.Dispose();
    }

    /// <summary>Whether some byte values in a sample are clearly more frequent than others, judged by the sum of the
    /// squared counts: about n²/256 + n for bytes without any pattern.</summary>
    static bool LooksCompressible(ReadOnlySpan<byte> raw)
    {
        Span<ushort> counts = stackalloc ushort[256];
        counts.Clear();
        var sampled = 0;
        if (raw.Length <= SampleSize)
        {
            foreach (var value in raw)
                counts[value]++;
            sampled = raw.Length;
        }
        else
        {
            var runs = SampleSize / SampleRun;
            var step = (raw.Length - SampleRun) / (runs - 1);
            for (var run = 0; run < runs; run++)
            {
                foreach (var value in raw.Slice(run * step, SampleRun))
                    counts[value]++;
            }

            sampled = SampleSize;
        }

        var squares = 0L;
        foreach (var count in counts)
            squares += (long)count * count;
        var expected = ((long)sampled * sampled / 256) + sampled;
        return squares > expected + (expected / 4);
    }
}
