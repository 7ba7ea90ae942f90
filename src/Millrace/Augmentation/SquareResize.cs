using System.Buffers;

namespace Millrace.Augmentation;

/// <summary>Resizes a square of interleaved bytes to float planes with a separable triangle filter, rows first. Each
/// source row is read about twice when reducing; 1,024² to 224² is some six million multiplications, a few milliseconds
/// of one core beside the decoding of the JPEG.</summary>
static class SquareResize
{
    const int ChannelCount = 3;

    /// <param name="pixels">byte [side, side, 3] inside rows of <paramref name="rowBytes"/>, from its first
    /// pixel.</param>
    /// <param name="rowBytes">Distance from one row to the next.</param>
    /// <param name="side">Side of the source square in pixels.</param>
    /// <param name="planes">float32 [3, size, size]; receives values in [0, 1].</param>
    /// <param name="size">Side of the planes.</param>
    internal static void ToPlanes(ReadOnlySpan<byte> pixels, int rowBytes, int side, Span<float> planes, int size)
    {
        var reach = (float)Math.Max(1.0, (double)side / size);
        var tapCount = (int)Math.Ceiling(2 * (double)reach) + 1;
        var starts = ArrayPool<int>.Shared.Rent(size);
        var weights = ArrayPool<float>.Shared.Rent(size * tapCount);
        var row = ArrayPool<float>.Shared.Rent(side * ChannelCount);
        try
        {
            FillWeights(side, size, reach, tapCount, starts, weights);
            var sums = row.AsSpan(0, side * ChannelCount);
            for (var y = 0; y < size; y++)
            {
                sums.Clear();
                for (var tap = 0; tap < tapCount; tap++)
                {
                    var weight = weights[(y * tapCount) + tap];
                    if (weight != 0)
                        AddRow(pixels.Slice((starts[y] + tap) * rowBytes, sums.Length), weight, sums);
                }
                for (var x = 0; x < size; x++)
                {
                    var taps = weights.AsSpan(x * tapCount, tapCount);
                    WritePixel(sums[(starts[x] * ChannelCount)..], taps, planes[((y * size) + x)..], size * size);
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(starts);
            ArrayPool<float>.Shared.Return(weights);
            ArrayPool<float>.Shared.Return(row);
        }
    }

    /// <summary>Per target position the first source position and its taps. Taps beyond the edge weigh nothing, and the
    /// others are scaled to add up to one.</summary>
    static void FillWeights(int side, int size, float reach, int tapCount, Span<int> starts, Span<float> weights)
    {
        var taps = new double[tapCount];
        for (var position = 0; position < size; position++)
        {
            var centre = ((position + 0.5) * side / size) - 0.5;
            var start = Math.Max(0, (int)Math.Ceiling(centre - reach));
            var sum = 0.0;
            for (var tap = 0; tap < tapCount; tap++)
            {
                var isInside = start + tap < side;
                taps[tap] = isInside ? Math.Max(0, 1 - (Math.Abs(start + tap - centre) / reach)) : 0;
                sum += taps[tap];
            }
            starts[position] = start;
            for (var tap = 0; tap < tapCount; tap++)
                weights[(position * tapCount) + tap] = (float)(taps[tap] / sum);
        }
    }

    static void AddRow(ReadOnlySpan<byte> row, float weight, Span<float> sums)
    {
        for (var i = 0; i < row.Length; i++)
            sums[i] += weight * row[i];
    }

    static void WritePixel(ReadOnlySpan<float> sums, ReadOnlySpan<float> taps, Span<float> planes, int planeLength)
    {
        float red = 0, green = 0, blue = 0;
        for (var tap = 0; tap < taps.Length; tap++)
        {
            var weight = taps[tap];
            if (weight == 0)
                continue;
            var offset = tap * ChannelCount;
            red += weight * sums[offset];
            green += weight * sums[offset + 1];
            blue += weight * sums[offset + 2];
        }
        planes[0] = Math.Clamp(red / 255f, 0f, 1f);
        planes[planeLength] = Math.Clamp(green / 255f, 0f, 1f);
        planes[2 * planeLength] = Math.Clamp(blue / 255f, 0f, 1f);
    }
}
