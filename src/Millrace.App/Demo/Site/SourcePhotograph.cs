using SkiaSharp;

namespace Millrace.App.Demo.Site;

/// <summary>One of the real photographs that the site's photos are crops of. Owns its pixels, at full, half and quarter
/// size: scaling then never skips a pixel, at an eighth of the cost of having Skia halve each crop anew.</summary>
sealed class SourcePhotograph : IDisposable
{
    const int LevelCount = 3;

    readonly SKBitmap[] _levels;

    SourcePhotograph(string title, SKBitmap[] levels)
    {
        Title = char.ToUpperInvariant(title[0]) + title[1..];
        _levels = levels;
    }

    /// <summary>The photograph's own title, with a capital.</summary>
    public string Title { get; }

    public SKSizeI Size => new(_levels[0].Width, _levels[0].Height);

    /// <summary>Decodes one file.</summary>
    /// <exception cref="MillraceException"><c>photograph-unreadable</c>.</exception>
    public static SourcePhotograph Decode(string path, string title)
    {
        using var codec = SKCodec.Create(path) ?? throw Unreadable(path, "it is not an image that Skia knows");
        using var colours = SKColorSpace.CreateSrgb();
        var size = codec.Info.Size;
        var wanted = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque, colours);
        var full = MakeBitmap(size);
        var result = codec.GetPixels(wanted, full.GetPixels());
        if (result != SKCodecResult.Success)
        {
            full.Dispose();
            throw Unreadable(path, $"decoding ended with {result}");
        }

        var levels = new SKBitmap[LevelCount];
        levels[0] = full;
        for (var level = 1; level < LevelCount; level++)
        {
            var larger = levels[level - 1];
            levels[level] = MakeBitmap(new SKSizeI(larger.Width / 2, larger.Height / 2));
            Fill(levels[level], larger, larger.Info.Rect);
        }

        return new SourcePhotograph(title, levels);
    }

    /// <summary>An opaque RGBA bitmap of sRGB values that names no colour space, so that nothing is converted and the
    /// JPEG encoder adds no profile.</summary>
    public static SKBitmap MakeBitmap(SKSizeI size) =>
        new(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));

    /// <summary>Scales a part of the photograph to fill the target. Safe for several threads at once.</summary>
    /// <param name="area">In pixels of the photograph at full size.</param>
    /// <param name="target">From <see cref="MakeBitmap"/>.</param>
    public void Scale(SKRectI area, SKBitmap target)
    {
        var ratio = area.Width / (double)target.Width;
        var level = 0;
        while (level < LevelCount - 1 && ratio >= 2 << level)
            level++;
        var scaled = SKRectI.Create(area.Left >> level, area.Top >> level, area.Width >> level, area.Height >> level);
        Fill(target, _levels[level], scaled);
    }

    public void Dispose()
    {
        foreach (var level in _levels)
            level.Dispose();
    }

    static void Fill(SKBitmap target, SKBitmap source, SKRectI area)
    {
        using var whole = source.PeekPixels();
        using var part = whole.ExtractSubset(area);
        using var filled = target.PeekPixels();
        if (part is null || !part.ScalePixels(filled, new SKSamplingOptions(SKFilterMode.Linear)))
            throw new InvalidOperationException($"Skia could not scale {area} to {target.Width}×{target.Height}.");
    }

    static MillraceException Unreadable(string path, string reason) =>
        new(
            ErrorKind.Corrupt,
            "photograph-unreadable",
            $"Photograph '{path}' of the sample cannot be read: {reason}.",
            "Restore the folder 'samples/photo-popularity/photos' from the distribution.");
}
