using System.Buffers;

namespace Millrace.Augmentation;

/// <summary>A decoded photograph: sRGB pixels, byte [height, width, 3], row-major, upright. The buffer is rented and
/// owned by the photo; dispose it to give the buffer back. Reading from several threads is safe, disposing meanwhile is
/// not.</summary>
public sealed partial class Photo : IDisposable
{
    /// <summary>The most pixels a photo may have. Decoding takes seven bytes for each, so this bounds one decode to
    /// about 700 MB, whatever a small file claims.</summary>
    public const long MaxPixelCount = 100_000_000;

    /// <summary>The longest side, which is also what a JPEG header can say.</summary>
    public const int MaxSide = 65_535;

    const int ChannelCount = 3;

    byte[]? _pixels;

    Photo(byte[] pixels, int width, int height)
    {
        _pixels = pixels;
        Width = width;
        Height = height;
    }

    /// <summary>Pixels per row, after the orientation is applied.</summary>
    public int Width { get; }

    /// <summary>Number of rows, after the orientation is applied.</summary>
    public int Height { get; }

    /// <summary>byte [height, width, 3], red, green, blue; valid until the photo is disposed.</summary>
    public ReadOnlySpan<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.AsSpan(0, Width * Height * ChannelCount);
        }
    }

    /// <summary>Copies pixels that are already decoded.</summary>
    /// <param name="pixels">byte [height, width, 3], sRGB.</param>
    /// <param name="width">Pixels per row, at most <see cref="MaxSide"/>.</param>
    /// <param name="height">Number of rows, at most <see cref="MaxSide"/>.</param>
    public static Photo FromPixels(ReadOnlySpan<byte> pixels, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaxSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, MaxSide);
        var pixelCount = (long)width * height;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pixelCount, MaxPixelCount, nameof(pixels));
        if (pixels.Length != pixelCount * ChannelCount)
        {
            throw new ArgumentException($"{width}×{height} pixels take {pixelCount * ChannelCount} bytes, " +
                $"and {pixels.Length} are given.", nameof(pixels));
        }
        var buffer = ArrayPool<byte>.Shared.Rent(pixels.Length);
        pixels.CopyTo(buffer);
        return new Photo(buffer, width, height);
    }

    /// <summary>Cuts the largest centred square, resizes it and writes what an image model takes: float32 [3, size,
    /// size], red, green and blue plane, each value in [0, 1].</summary>
    /// <param name="size">Side of the tensor in pixels.</param>
    /// <param name="destination">Exactly 3·size·size values.</param>
    /// <remarks>A triangle filter as wide as the reduction, so that every source pixel counts; plain bilinear when it
    /// enlarges. One thread, one order of additions: the same photo gives the same bits everywhere.</remarks>
    public void ToTensor(int size, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        if (destination.Length != (long)ChannelCount * size * size)
        {
            throw new ArgumentException(
                $"A tensor of 3×{size}×{size} takes {(long)ChannelCount * size * size} values, and " +
                $"the destination has {destination.Length}.", nameof(destination));
        }
        var side = Math.Min(Width, Height);
        var first = ((Height - side) / 2 * Width) + ((Width - side) / 2);
        SquareResize.ToPlanes(Pixels[(first * ChannelCount)..], Width * ChannelCount, side, destination, size);
    }

    /// <summary>Gives the pixel buffer back; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pixels, null) is { } pixels)
            ArrayPool<byte>.Shared.Return(pixels);
    }
}
