using System.Buffers;

namespace Millrace.Augmentation;

/// <summary>Four numbers that say how a photo looks, from its pixels alone. Sums are whole numbers, so that the same
/// pixels give the same bits on every machine. Luma is Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), divided by
/// 255.</summary>
/// <param name="Brightness">Mean of luma, in [0, 1].</param>
/// <param name="Contrast">Standard deviation of luma (of the population), in [0, 0.5].</param>
/// <param name="Colourfulness">√(σ²rg + σ²yb) + 0.3 √(μ²rg + μ²yb) with rg = R − G and yb = (R + G)/2 − B on bytes; 0
/// for grey, about 15 slightly and 109 extremely colourful, below 450 for any pixels. Hasler and Süsstrunk, "Measuring
/// colourfulness in natural images", SPIE 2003, section 6.</param>
/// <param name="Sharpness">Variance over all inner pixels of the Laplacian (up + down + left + right − 4 · centre) of
/// luma, in [0, 16]; photographs lie below about 0.1. It depends on the size in pixels, so compare photos of like size.
/// 0 when a side has fewer than three pixels.</param>
public sealed record ImageStyle(double Brightness, double Contrast, double Colourfulness, double Sharpness)
{
    const int ChannelCount = 3;

    /// <summary>Luma of white in the integer scale: 1,000 · 255.</summary>
    const double LumaMax = 255_000;

    /// <summary>Measures all four in one pass over the pixels.</summary>
    public static ImageStyle Measure(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        var width = photo.Width;
        var rowBytes = width * ChannelCount;
        var pixels = photo.Pixels;
        var luma = new Moments();
        var redGreen = new Moments();
        var yellowBlue = new Moments();
        var edges = new Moments();
        var buffer = ArrayPool<int>.Shared.Rent(3 * width);
        try
        {
            for (var y = 0; y < photo.Height; y++)
            {
                var row = pixels.Slice(y * rowBytes, rowBytes);
                var lumaRow = LumaRow(buffer, width, y);
                FillLuma(row, lumaRow);
                luma.Add(lumaRow);
                AddColours(row, ref redGreen, ref yellowBlue);
                if (y >= 2)
                    AddEdges(LumaRow(buffer, width, y - 2), LumaRow(buffer, width, y - 1), lumaRow, ref edges);
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
        }

        // yb is summed doubled, to stay whole; a quarter of its variance and half of its mean are meant.
        var spread = Math.Sqrt(redGreen.Variance + (yellowBlue.Variance / 4));
        var (meanRedGreen, meanYellowBlue) = (redGreen.Mean, yellowBlue.Mean / 2);
        var distance = Math.Sqrt((meanRedGreen * meanRedGreen) + (meanYellowBlue * meanYellowBlue));
        return new ImageStyle(
            luma.Mean / LumaMax,
            Math.Sqrt(luma.Variance) / LumaMax,
            spread + (0.3 * distance),
            edges.Variance / (LumaMax * LumaMax));
    }

    /// <summary>The buffer holds the last three rows in turn.</summary>
    static Span<int> LumaRow(int[] buffer, int width, int y) => buffer.AsSpan(y % 3 * width, width);

    static void FillLuma(ReadOnlySpan<byte> row, Span<int> luma)
    {
        for (var x = 0; x < luma.Length; x++)
        {
            var pixel = row.Slice(x * ChannelCount, ChannelCount);
            luma[x] = (299 * pixel[0]) + (587 * pixel[1]) + (114 * pixel[2]);
        }
    }

    static void AddColours(ReadOnlySpan<byte> row, ref Moments redGreen, ref Moments yellowBlue)
    {
        long redGreenSum = 0, redGreenSquares = 0, yellowBlueSum = 0, yellowBlueSquares = 0;
        for (var offset = 0; offset < row.Length; offset += ChannelCount)
        {
            var (red, green, blue) = ((int)row[offset], (int)row[offset + 1], (int)row[offset + 2]);
            var difference = red - green;
            var opposite = red + green - (2 * blue);
            redGreenSum += difference;
            redGreenSquares += difference * difference;
            yellowBlueSum += opposite;
            yellowBlueSquares += opposite * opposite;
        }
        redGreen.Add(row.Length / ChannelCount, redGreenSum, redGreenSquares);
        yellowBlue.Add(row.Length / ChannelCount, yellowBlueSum, yellowBlueSquares);
    }

    static void AddEdges(ReadOnlySpan<int> above, ReadOnlySpan<int> row, ReadOnlySpan<int> below, ref Moments edges)
    {
        long sum = 0, squares = 0;
        for (var x = 1; x < row.Length - 1; x++)
        {
            long edge = above[x] + below[x] + row[x - 1] + row[x + 1] - (4 * row[x]);
            sum += edge;
            squares += edge * edge;
        }
        edges.Add(Math.Max(0, row.Length - 2), sum, squares);
    }

    /// <summary>Count, sum and sum of squares of whole numbers. 128 bits hold the squares of 100 million
    /// pixels.</summary>
    struct Moments
    {
        long _count;
        long _sum;
        Int128 _squares;

        internal readonly double Mean => _count == 0 ? 0 : (double)_sum / _count;

        internal readonly double Variance => _count == 0
            ? 0
            : (double)((_count * _squares) - ((Int128)_sum * _sum)) / _count / _count;

        internal void Add(long count, long sum, long squares)
        {
            _count += count;
            _sum += sum;
            _squares += squares;
        }

        internal void Add(ReadOnlySpan<int> values)
        {
            long sum = 0, squares = 0;
            foreach (var value in values)
            {
                sum += value;
                squares += (long)value * value;
            }
            Add(values.Length, sum, squares);
        }
    }
}
