using Millrace.Augmentation;

namespace Millrace.Tests.AugmentationRoom;

public sealed class ImageStyleTests
{
    [Fact]
    public void Black_has_nothing() => Assert.Equal(new ImageStyle(0, 0, 0, 0), Measure(9, 7, (_, _) => (0, 0, 0)));

    [Fact]
    public void White_is_bright_and_nothing_else() =>
        Assert.Equal(new ImageStyle(1, 0, 0, 0), Measure(9, 7, (_, _) => (255, 255, 255)));

    /// <summary>Each inner pixel differs from its four neighbours by 1, so the Laplacian is 4 or −4, as
    /// often.</summary>
    [Fact]
    public void A_checkerboard_has_the_most_contrast_and_sharpness() => Assert.Equal(
        new ImageStyle(0.5, 0.5, 0, 16),
        Measure(8, 8, (x, y) => (x + y) % 2 == 0 ? ((byte)255, (byte)255, (byte)255) : ((byte)0, (byte)0, (byte)0)));

    /// <summary>rg = 255 and yb = 127.5 everywhere.</summary>
    [Fact]
    public void Pure_red_has_the_luma_of_its_share_and_a_known_colourfulness() => Assert.Equal(
        new ImageStyle(0.299, 0, 0.3 * Math.Sqrt((255.0 * 255) + (127.5 * 127.5)), 0),
        Measure(5, 4, (_, _) => (255, 0, 0)));

    /// <summary>rg = ±255, as often: σ 255, μ 0. yb = 127.5 everywhere: σ 0, μ 127.5.</summary>
    [Fact]
    public void Red_beside_green_is_the_spread_of_one_axis_and_the_mean_of_the_other() => Assert.Equal(
        255 + (0.3 * 127.5),
        Measure(6, 3, (x, _) => x < 3 ? ((byte)255, (byte)0, (byte)0) : ((byte)0, (byte)255, (byte)0)).Colourfulness,
        1e-12);

    [Theory]
    [InlineData(2, 9)]
    [InlineData(9, 2)]
    [InlineData(1, 1)]
    public void A_photo_without_inner_pixels_has_no_sharpness(int width, int height) =>
        Assert.Equal(0, Measure(width, height, (x, y) => ((byte)(x * 20), (byte)(y * 20), 0)).Sharpness);

    [Fact]
    public void Whole_number_sums_agree_with_the_formulas_in_floating_point()
    {
        using var photo = Photo.Decode(SamplePhotos.Read("15-umang"), "15-umang.jpg");

        var style = ImageStyle.Measure(photo);

        var (width, height) = (photo.Width, photo.Height);
        var pixels = photo.Pixels.ToArray().Chunk(3).ToArray();
        var luma = pixels.Select(p => ((0.299 * p[0]) + (0.587 * p[1]) + (0.114 * p[2])) / 255).ToArray();
        var rg = pixels.Select(p => (double)p[0] - p[1]).ToArray();
        var yb = pixels.Select(p => (0.5 * (p[0] + p[1])) - p[2]).ToArray();
        var edges = from y in Enumerable.Range(1, height - 2)
                    from x in Enumerable.Range(1, width - 2)
                    let i = (y * width) + x
                    select luma[i - width] + luma[i + width] + luma[i - 1] + luma[i + 1] - (4 * luma[i]);
        var spread = Math.Sqrt(Variance(rg) + Variance(yb));
        var distance = Math.Sqrt(Math.Pow(rg.Average(), 2) + Math.Pow(yb.Average(), 2));
        Assert.Equal(luma.Average(), style.Brightness, 1e-9);
        Assert.Equal(Math.Sqrt(Variance(luma)), style.Contrast, 1e-9);
        Assert.Equal(spread + (0.3 * distance), style.Colourfulness, 1e-8);
        Assert.Equal(Variance([.. edges]), style.Sharpness, 1e-9);
    }

    [Fact]
    public void Sample_photos_lie_in_the_documented_ranges()
    {
        foreach (var file in SamplePhotos.Files)
        {
            using var photo = Photo.Decode(File.ReadAllBytes(file), file);

            var style = ImageStyle.Measure(photo);

            Assert.InRange(style.Brightness, 0.02, 0.98);
            Assert.InRange(style.Contrast, 0.02, 0.5);
            Assert.InRange(style.Colourfulness, 0, 120);
            Assert.InRange(style.Sharpness, 0.00001, 0.1);
        }
    }

    static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }

    static ImageStyle Measure(int width, int height, Func<int, int, (byte Red, byte Green, byte Blue)> colour)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = colour(i % width, i / width);
        using var photo = Photo.FromPixels(pixels, width, height);
        return ImageStyle.Measure(photo);
    }
}
