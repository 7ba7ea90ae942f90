using System.Buffers;
using SkiaSharp;

namespace Millrace.Augmentation;

public sealed partial class Photo
{
    const int DecodedBytesPerPixel = 4;

    /// <summary>Decodes a JPEG, PNG, WebP, GIF or BMP: whole, turned upright by its EXIF orientation, in sRGB. Of an
    /// animation it is the first frame; what is transparent shows white.</summary>
    /// <param name="bytes">The whole file. Bytes after the end of a JPEG are ignored, as cameras append to
    /// them.</param>
    /// <param name="name">The file's name in error messages.</param>
    /// <returns>A photo that the caller disposes.</returns>
    /// <exception cref="MillraceException"><c>image-damaged</c>: no known format, cut short, or broken inside.
    /// <c>image-too-large</c>: more than <see cref="MaxPixelCount"/> pixels or a side above <see cref="MaxSide"/>;
    /// told before any pixel is allocated.</exception>
    /// <remarks>Entropy-coded data without a checksum can be changed into other valid data; such a change shows other
    /// pixels and cannot be told. The store's content hash finds it.</remarks>
    public static Photo Decode(ReadOnlySpan<byte> bytes, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (bytes.IsEmpty)
            throw Damaged(name, "is empty");
        if (JpegMarkers.IsJpeg(bytes) && !JpegMarkers.HasEnd(bytes))
            throw Damaged(name, $"ends after {bytes.Length:N0} bytes without the end-of-image marker of a JPEG");

        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data)
            ?? throw Damaged(name, $"({bytes.Length:N0} bytes) has no readable header of a known image format");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        CheckSize(name, width, height);

        using var srgb = SKColorSpace.CreateSrgb();
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul;
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, alpha, srgb);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info, width * DecodedBytesPerPixel))
        {
            throw new MillraceException(ErrorKind.Unavailable, "out-of-memory",
                $"Decoding image '{name}' needs {(long)width * height * DecodedBytesPerPixel:N0} bytes of memory, " +
                "which cannot be had.", "Free memory, or decode fewer photos at a time.");
        }
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
            throw Damaged(name, Describe(result, bytes.Length));
        return Upright(bitmap.GetPixelSpan(), width, height, codec.EncodedOrigin);
    }

    static void CheckSize(string name, int width, int height)
    {
        if (width is > 0 and <= MaxSide && height is > 0 and <= MaxSide && (long)width * height <= MaxPixelCount)
            return;
        if (width <= 0 || height <= 0)
            throw Damaged(name, $"says that it is {width}×{height} pixels");
        throw new MillraceException(ErrorKind.Invalid, "image-too-large",
            $"Image '{name}' is {width:N0}×{height:N0} pixels; at most {MaxPixelCount:N0} pixels and " +
            $"{MaxSide:N0} a side are decoded.", "Store a smaller copy of it.");
    }

    static MillraceException Damaged(string name, string fact) =>
        new(ErrorKind.Invalid, "image-damaged", $"Image '{name}' {fact}.",
            "Copy the file again from its source, or leave it out.");

    static string Describe(SKCodecResult result, int length) => result switch
    {
        SKCodecResult.IncompleteInput => $"ends after {length:N0} bytes, before its last pixel",
        SKCodecResult.ErrorInInput => $"({length:N0} bytes) is broken before its last pixel",
        _ => $"({length:N0} bytes) does not decode ({result})",
    };

    /// <summary>Drops the fourth byte and turns the picture in one pass. Where a source pixel goes is linear in x and
    /// y, so each of the eight orientations is an offset and two steps.</summary>
    static Photo Upright(ReadOnlySpan<byte> rgba, int width, int height, SKEncodedOrigin origin)
    {
        var isTurned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (targetWidth, targetHeight) = isTurned ? (height, width) : (width, height);
        var (right, below) = (width - 1, height - 1);
        var (offset, stepX, stepY) = origin switch
        {
            SKEncodedOrigin.TopRight => (right, -1, width),
            SKEncodedOrigin.BottomRight => ((below * width) + right, -1, -width),
            SKEncodedOrigin.BottomLeft => (below * width, 1, -width),
            SKEncodedOrigin.LeftTop => (0, height, 1),
            SKEncodedOrigin.RightTop => (below, height, -1),
            SKEncodedOrigin.RightBottom => ((right * height) + below, -height, -1),
            SKEncodedOrigin.LeftBottom => (right * height, -height, 1),
            _ => (0, 1, width),
        };

        var pixels = ArrayPool<byte>.Shared.Rent(width * height * ChannelCount);
        for (var y = 0; y < height; y++)
        {
            var row = rgba.Slice(y * width * DecodedBytesPerPixel, width * DecodedBytesPerPixel);
            CopyOverWhite(row, pixels, (offset + (y * stepY)) * ChannelCount, stepX * ChannelCount);
        }
        return new Photo(pixels, targetWidth, targetHeight);
    }

    /// <param name="rgba">byte [width, 4], colours already multiplied by alpha.</param>
    /// <param name="pixels">Where three bytes of each pixel go.</param>
    /// <param name="start">Offset of the first pixel in <paramref name="pixels"/>.</param>
    /// <param name="step">Distance from one pixel to the next; may be negative.</param>
    static void CopyOverWhite(ReadOnlySpan<byte> rgba, Span<byte> pixels, int start, int step)
    {
        var target = start;
        for (var source = 0; source < rgba.Length; source += DecodedBytesPerPixel)
        {
            var white = 255 - rgba[source + 3];
            pixels[target] = (byte)(rgba[source] + white);
            pixels[target + 1] = (byte)(rgba[source + 1] + white);
            pixels[target + 2] = (byte)(rgba[source + 2] + white);
            target += step;
        }
    }
}
