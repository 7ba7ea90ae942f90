using System.Buffers.Binary;
using Millrace.Sources;
using Millrace.Sources.Media;
using Millrace.Tests.TablesRoom;
using SkiaSharp;

namespace Millrace.Tests.SourcesRoom;

public sealed class FolderIngestTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_file_is_a_row_and_an_object_and_only_new_ones_come_the_next_time()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("d/a.jpg", Image(SKEncodedImageFormat.Jpeg));
        workspace.WriteFile("d/e/b.png", Image(SKEncodedImageFormat.Png));
        workspace.WriteFile("d/cut.jpg", Image(SKEncodedImageFormat.Jpeg).AsSpan()[..^40]);
        workspace.WriteFile("d/note.txt", "no image");

        var report = await workspace.IngestAsync("t", "d", settings => settings with { Kind = FileKind.Images });

        Assert.Equal((4, 2, 2), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["a.jpg|image/jpeg|30|20", "e/b.png|image/png|30|20"],
            await workspace.RowsAsync("select path, media_type, width, height from t order by path"));
        Assert.Equal(
            ["cut.jpg|It was cut off: it ends without the end of a JPEG.", "note.txt|It is text/plain, not an image."],
            await workspace.RowsAsync("select file, reason from \"t$quarantine\" order by file"));
        var url = (await workspace.RowsAsync("select url from t order by path"))[0];
        Assert.True(Millrace.Objects.ObjectUrl.TryParse(url, out var hash));
        Assert.Equal(Image(SKEncodedImageFormat.Jpeg), await workspace.Open.Objects.ReadAsync(hash, Stop));
        Assert.NotNull(workspace.Log("t")!.Files[0].ObjectList);

        workspace.WriteFile("d/c.webp", Image(SKEncodedImageFormat.Webp));
        var second = await workspace.IngestAsync("t", "d", settings => settings with { Kind = FileKind.Images });
        var third = await workspace.IngestAsync("t", "d", settings => settings with { Kind = FileKind.Images });

        Assert.Equal((1, 1), (second.Records, second.Rows));
        Assert.Equal(0, third.Records);
        Assert.Null(third.Version);
        Assert.Equal(["3"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public void Exif_tells_time_turn_camera_and_place()
    {
        var facts = MediaHeader.Read(WithExif(), WithExif(), WithExif().Length);

        Assert.Equal("image/jpeg", facts.MediaType);
        Assert.Equal(6, facts.Orientation);
        Assert.Equal("Acme X1", facts.Camera);
        Assert.Equal("2026-03-01T10:20:30", facts.TakenAt);
        Assert.Equal(-52.5, facts.Latitude!.Value, 6);
    }

    [Theory]
    [InlineData(8_000, 16_000, 2.0)]
    [InlineData(44_100, 22_050, 0.5)]
    public void A_wave_file_tells_how_long_it_plays(int rate, int samples, double seconds)
    {
        var wave = Wave(rate, samples);

        Assert.Equal(seconds, MediaHeader.Read(wave, wave, wave.Length).DurationSeconds);
        Assert.Contains("cut off", MediaHeader.Read(wave, wave, wave.Length - 10).Fault);
    }

    [Fact]
    public void A_flac_file_tells_how_long_it_plays()
    {
        var flac = new byte[64];
        "fLaC"u8.CopyTo(flac);
        var info = flac.AsSpan(8);
        const int Rate = 44_100;
        (info[10], info[11], info[12]) = ((byte)(Rate >> 12), (byte)((Rate >> 4) & 0xff), (byte)((Rate << 4) & 0xff));
        BinaryPrimitives.WriteUInt32BigEndian(info[14..], 88_200);

        Assert.Equal(2.0, MediaHeader.Read(flac, flac, flac.Length).DurationSeconds);
    }

    [Fact]
    public void No_bytes_make_the_headers_fail()
    {
        var random = new Random(7);
        byte[][] seeds =
        [
            WithExif(), Image(SKEncodedImageFormat.Png), Image(SKEncodedImageFormat.Webp), Wave(8_000, 100),
            [.. "ID3\u0004\0\0\0\0\0\u0005"u8, 0, 0, 0, 0, 0, 0xff, 0xfb, 0x90, 0x64, .. new byte[400]],
            [.. "II*\0\u0008\0\0\0"u8, .. new byte[100]], [.. "fLaC"u8, .. new byte[50]],
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = (byte[])seeds[i % seeds.Length].Clone();
            for (var change = random.Next(1, 20); change > 0; change--)
            {
                bytes[random.Next(Math.Min(bytes.Length, 300))] = (byte)random.Next(256);
            }

            var cut = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            Assert.NotNull(MediaHeader.Read(cut, cut, random.Next(cut.Length, cut.Length + 1000)).MediaType);
        }
    }

    static byte[] Image(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(30, 20);
        bitmap.Erase(SKColors.Teal);
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    static byte[] Wave(int rate, int samples)
    {
        var wave = new byte[44 + samples];
        "RIFF"u8.CopyTo(wave);
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(4), 36 + samples);
        "WAVEfmt "u8.CopyTo(wave.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(16), 16);
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(28), rate);
        "data"u8.CopyTo(wave.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(40), samples);
        return wave;
    }

    /// <summary>A JPEG with a directory of EXIF tags before its frame.</summary>
    static byte[] WithExif()
    {
        var tiff = new byte[400];
        "MM\0*\0\0\0\u0008"u8.CopyTo(tiff);
        Entries(tiff, 8, (0x010f, 2, 5, 200), (0x0110, 2, 3, 0x58310000), (0x0112, 3, 1, 6 << 16), (0x8769, 4, 1, 80),
            (0x8825, 4, 1, 110));
        Entries(tiff, 80, (0x9003, 2, 20, 220));
        Entries(tiff, 110, (1, 2, 2, 0x53000000), (2, 5, 3, 260));
        "Acme\0"u8.CopyTo(tiff.AsSpan(200));
        "2026:03:01 10:20:30\0"u8.CopyTo(tiff.AsSpan(220));
        foreach (var (index, value) in new[] { 52, 1, 30, 1, 0, 1 }.Index())
        {
            BinaryPrimitives.WriteInt32BigEndian(tiff.AsSpan(260 + (index * 4)), value);
        }

        var size = tiff.Length + 8;
        var jpeg = Image(SKEncodedImageFormat.Jpeg);
        return [0xff, 0xd8, 0xff, 0xe1, (byte)(size >> 8), (byte)size, .. "Exif\0\0"u8, .. tiff, .. jpeg[2..]];
    }

    static void Entries(byte[] tiff, int offset, params (int Tag, int Type, int Count, int Value)[] entries)
    {
        BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(offset), (ushort)entries.Length);
        foreach (var (i, (tag, type, count, value)) in entries.Index())
        {
            var entry = tiff.AsSpan(offset + 2 + (i * 12));
            BinaryPrimitives.WriteUInt16BigEndian(entry, (ushort)tag);
            BinaryPrimitives.WriteUInt16BigEndian(entry[2..], (ushort)type);
            BinaryPrimitives.WriteInt32BigEndian(entry[4..], count);
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], value);
        }
    }
}
