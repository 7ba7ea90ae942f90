using System.Buffers.Binary;
using Millrace.Augmentation;
using SkiaSharp;

namespace Millrace.Tests.AugmentationRoom;

public sealed class PhotoTests
{
    const string Name = "photos/000123.jpg";

    [Fact]
    public void Every_sample_photo_decodes_whole()
    {
        foreach (var file in SamplePhotos.Files)
        {
            using var photo = Photo.Decode(File.ReadAllBytes(file), file);

            Assert.Equal(1024, Math.Max(photo.Width, photo.Height));
            Assert.Equal(photo.Width * photo.Height * 3, photo.Pixels.Length);
        }
    }

    [Theory]
    [InlineData("01-bridge")]
    [InlineData("16-fossa")]
    public void A_jpeg_cut_at_any_seventh_is_refused_with_its_name_and_length(string start)
    {
        var bytes = SamplePhotos.Read(start);

        for (var part = 1; part < 7; part++)
        {
            var length = bytes.Length * part / 7;
            var error = Assert.Throws<MillraceException>(() => Photo.Decode(bytes.AsSpan(0, length), Name));
            Assert.Equal("image-damaged", error.Code);
            Assert.Equal(
                $"Image 'photos/000123.jpg' ends after {length:N0} bytes without the end-of-image marker of a JPEG.",
                error.Message);
        }
    }

    [Fact]
    public void A_jpeg_without_its_last_byte_is_refused()
    {
        var bytes = SamplePhotos.Read("16-fossa");

        var error = Assert.Throws<MillraceException>(() => Photo.Decode(bytes.AsSpan(0, bytes.Length - 1), Name));

        Assert.Equal("image-damaged", error.Code);
    }

    [Fact]
    public void Bytes_after_the_end_of_a_jpeg_change_nothing()
    {
        var bytes = SamplePhotos.Read("16-fossa");

        using var plain = Photo.Decode(bytes, Name);
        using var longer = Photo.Decode([.. bytes, 0, 1, 2, 3], Name);

        Assert.True(plain.Pixels.SequenceEqual(longer.Pixels));
    }

    [Fact]
    public void The_end_marker_of_a_thumbnail_does_not_make_a_cut_jpeg_whole()
    {
        var bytes = SamplePhotos.Read("16-fossa");
        byte[] thumbnail = [0xFF, 0xE1, 0x00, 0x06, 0xFF, 0xD8, 0xFF, 0xD9];
        byte[] cut = [.. bytes.AsSpan(0, 2), .. thumbnail, .. bytes.AsSpan(2, bytes.Length / 2)];

        var error = Assert.Throws<MillraceException>(() => Photo.Decode(cut, Name));

        Assert.Equal("image-damaged", error.Code);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Other_formats_decode_whole_and_are_refused_when_cut(SKEncodedImageFormat format)
    {
        using var bitmap = SKBitmap.Decode(SamplePhotos.Read("16-fossa"));
        using var data = bitmap.Encode(format, 100);
        var bytes = data.ToArray();

        using var photo = Photo.Decode(bytes, Name);
        var error = Assert.Throws<MillraceException>(() => Photo.Decode(bytes.AsSpan(0, bytes.Length / 2), Name));

        Assert.Equal((bitmap.Width, bitmap.Height), (photo.Width, photo.Height));
        Assert.Equal("image-damaged", error.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    public void Bytes_that_are_no_image_are_refused(string text)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);

        var error = Assert.Throws<MillraceException>(() => Photo.Decode(bytes, Name));

        Assert.Equal("image-damaged", error.Code);
        Assert.StartsWith("Image 'photos/000123.jpg' ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flipped_bytes_give_a_photo_or_an_error_and_never_a_crash()
    {
        var random = new Random(7);
        var bytes = SamplePhotos.Read("16-fossa");
        var refused = 0;

        for (var trial = 0; trial < 150; trial++)
        {
            var damaged = bytes.ToArray();

            // Half of the trials hit the headers, where a byte decides most.
            var reach = trial % 2 == 0 ? 700 : damaged.Length;
            for (var flip = 0; flip < 3; flip++)
                damaged[random.Next(reach)] ^= (byte)random.Next(1, 256);
            try
            {
                using var photo = Photo.Decode(damaged, Name);
                Assert.Equal(photo.Width * photo.Height * 3, photo.Pixels.Length);
            }
            catch (MillraceException exception)
            {
                Assert.Contains(exception.Code, new[] { "image-damaged", "image-too-large" });
                refused++;
            }
        }
        Assert.InRange(refused, 1, 149);
    }

    [Fact]
    public void A_header_that_claims_too_many_pixels_is_refused()
    {
        var bytes = SamplePhotos.Read("01-bridge").ToArray();
        var frame = bytes.AsSpan().IndexOf<byte>([0xFF, 0xC0, 0x00, 0x11]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 5), 65_000);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 7), 65_000);

        var error = Assert.Throws<MillraceException>(() => Photo.Decode(bytes, Name));

        Assert.Equal("image-too-large", error.Code);
        Assert.Contains("65,000×65,000", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The letters are the corners from the top left, clockwise, of the upright picture, when the stored one
    /// reads red, green, blue, white.</summary>
    [Theory]
    [InlineData(1, "RGBW")]
    [InlineData(2, "GRWB")]
    [InlineData(3, "BWRG")]
    [InlineData(4, "WBGR")]
    [InlineData(5, "RWBG")]
    [InlineData(6, "WRGB")]
    [InlineData(7, "BGRW")]
    [InlineData(8, "GBWR")]
    public void The_exif_orientation_is_applied(int orientation, string corners)
    {
        using var photo = Photo.Decode(WithOrientation(FourColours(48, 32), orientation), Name);

        var expected = orientation >= 5 ? (32, 48) : (48, 32);
        Assert.Equal(expected, (photo.Width, photo.Height));
        var (right, below) = (photo.Width - 1, photo.Height - 1);
        Assert.Equal(corners,
            $"{Colour(photo, 0, 0)}{Colour(photo, right, 0)}{Colour(photo, right, below)}{Colour(photo, 0, below)}");
    }

    [Fact]
    public void What_is_transparent_shows_white()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.SetPixel(0, 0, new SKColor(10, 20, 30, 0));
        bitmap.SetPixel(1, 0, new SKColor(10, 20, 30, 255));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);

        using var photo = Photo.Decode(data.ToArray(), "photos/logo.png");

        Assert.Equal([255, 255, 255, 10, 20, 30], photo.Pixels.ToArray());
    }

    [Fact]
    public void A_disposed_photo_gives_no_pixels_and_is_disposed_once()
    {
        var photo = Photo.FromPixels([1, 2, 3], 1, 1);

        photo.Dispose();
        photo.Dispose();

        Assert.Throws<ObjectDisposedException>(() => photo.Pixels.Length);
    }

    [Fact]
    public void Pixels_of_another_count_than_the_sides_say_are_refused() =>
        Assert.Throws<ArgumentException>(() => Photo.FromPixels(new byte[11], 2, 2));

    static byte[] FourColours(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var colours = y < height / 2 ? (SKColors.Red, SKColors.Lime) : (SKColors.White, SKColors.Blue);
                bitmap.SetPixel(x, y, x < width / 2 ? colours.Item1 : colours.Item2);
            }
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        return data.ToArray();
    }

    /// <summary>Puts an EXIF segment with the one tag 0x0112 behind the start marker.</summary>
    static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg.AsSpan(0, 2), .. exif, .. jpeg.AsSpan(2)];
    }

    static char Colour(Photo photo, int x, int y)
    {
        var pixel = photo.Pixels.Slice(((y * photo.Width) + x) * 3, 3);
        return (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) switch
        {
            (true, false, false) => 'R',
            (false, true, false) => 'G',
            (false, false, true) => 'B',
            (true, true, true) => 'W',
            _ => '?',
        };
    }
}
