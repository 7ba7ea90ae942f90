using System.Runtime.InteropServices;
using SkiaSharp;

namespace Millrace.App.Demo.Site;

/// <summary>A part of a photograph, scaled and perhaps mirrored.</summary>
/// <param name="SourceIndex">Which of the photographs.</param>
/// <param name="Area">The part of it, in its pixels.</param>
/// <param name="Size">The size of the result: both sides from 256 to 512 pixels.</param>
/// <param name="IsMirrored">Whether left and right are exchanged.</param>
sealed record PhotoCrop(int SourceIndex, SKRectI Area, SKSizeI Size, bool IsMirrored)
{
    const int SmallestSide = 256;
    const int LargestSide = 512;
    const double SmallestShare = 0.6;
    const double ShareMirrored = 0.3;
    const int JpegQuality = 88;

    static readonly (int Width, int Height)[] Shapes = [(1, 1), (4, 3), (3, 2), (3, 4), (2, 3)];

    /// <summary>Chooses a crop; any of the photographs is as likely as another.</summary>
    public static PhotoCrop Choose(SplitMix64 chance, SourcePhotographs photographs)
    {
        var sourceIndex = chance.NextIndex(photographs.Count);
        var source = photographs[sourceIndex].Size;
        var shape = Shapes[chance.NextIndex(Shapes.Length)];

        var (shapeShort, shapeLong) = (Math.Min(shape.Width, shape.Height), Math.Max(shape.Width, shape.Height));
        var shortSide = chance.NextBetween(SmallestSide, LargestSide * (double)shapeShort / shapeLong);
        var unit = shortSide / shapeShort;
        var size = new SKSizeI((int)(unit * shape.Width), (int)(unit * shape.Height));

        var largest = Math.Min(source.Width / (double)shape.Width, source.Height / (double)shape.Height);
        var scale = largest * chance.NextBetween(SmallestShare, 1);
        var area = new SKSizeI((int)(scale * shape.Width), (int)(scale * shape.Height));
        var left = chance.NextIndex(source.Width - area.Width + 1);
        var top = chance.NextIndex(source.Height - area.Height + 1);
        var place = SKRectI.Create(left, top, area.Width, area.Height);
        return new PhotoCrop(sourceIndex, place, size, chance.NextBool(ShareMirrored));
    }

    /// <summary>The JPEG of this crop, without any metadata.</summary>
    public SKData Encode(SourcePhotographs photographs)
    {
        using var scaled = SourcePhotograph.MakeBitmap(Size);
        photographs[SourceIndex].Scale(Area, scaled);
        if (IsMirrored)
            Mirror(scaled);

        using var pixels = scaled.PeekPixels();
        var encoding = new SKJpegEncoderOptions(
            JpegQuality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore);
        return pixels.Encode(encoding)
            ?? throw new InvalidOperationException($"Skia made no JPEG of {Size.Width}×{Size.Height} pixels.");
    }

    static void Mirror(SKBitmap bitmap)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());
        for (var top = 0; top < bitmap.Height; top++)
            pixels.Slice(top * bitmap.Width, bitmap.Width).Reverse();
    }
}
