using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Millrace.Sources.Media;

/// <summary>Reads a few tags of EXIF: a TIFF header and its directories. What is out of bounds is not there. Exif 2.32,
/// 4.6.</summary>
static class ExifTags
{
    const int MaxEntries = 512;
    const int EntrySize = 12;

    public static MediaFacts Add(MediaFacts facts, ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || tiff[0] != tiff[1])
        {
            return facts;
        }

        var isBig = tiff[0] == 'M';
        var image = Directory(tiff, Number(tiff, 4, 4, isBig), isBig);
        var make = Text(tiff, image, 0x010f, isBig);
        var model = Text(tiff, image, 0x0110, isBig);
        var exif = Directory(tiff, Value(tiff, image, 0x8769, isBig) ?? 0, isBig);
        var gps = Directory(tiff, Value(tiff, image, 0x8825, isBig) ?? 0, isBig);
        return facts with
        {
            Width = facts.Width ?? Small(Value(tiff, image, 0x0100, isBig)),
            Height = facts.Height ?? Small(Value(tiff, image, 0x0101, isBig)),
            Orientation = Value(tiff, image, 0x0112, isBig) is >= 1 and <= 8 and { } turn ? (int)turn : null,
            Camera = make is null ? model : model is null || model.StartsWith(make, StringComparison.OrdinalIgnoreCase)
                ? model ?? make : $"{make} {model}",
            TakenAt = Time(
                Text(tiff, exif, 0x9003, isBig) ?? Text(tiff, image, 0x0132, isBig), Text(tiff, exif, 0x9011, isBig)),
            Latitude = Degrees(tiff, gps, 1, 2, 'S', 90, isBig),
            Longitude = Degrees(tiff, gps, 3, 4, 'W', 180, isBig),
        };
    }

    /// <summary>The entries of a directory: tag and place.</summary>
    static Dictionary<int, int> Directory(ReadOnlySpan<byte> tiff, long offset, bool isBig)
    {
        var entries = new Dictionary<int, int>();
        if (offset < 8 || offset + 2 > tiff.Length)
        {
            return entries;
        }

        var count = Math.Min(Number(tiff, (int)offset, 2, isBig), MaxEntries);
        for (var i = 0; i < count; i++)
        {
            var place = (int)offset + 2 + (i * EntrySize);
            if (place + EntrySize > tiff.Length)
            {
                break;
            }

            entries.TryAdd((int)Number(tiff, place, 2, isBig), place);
        }

        return entries;
    }

    static long? Value(ReadOnlySpan<byte> tiff, Dictionary<int, int> entries, int tag, bool isBig) =>
        !entries.TryGetValue(tag, out var place) ? null : Number(tiff, place + 2, 2, isBig) switch
        {
            1 => tiff[place + 8],
            3 => Number(tiff, place + 8, 2, isBig),
            4 => Number(tiff, place + 8, 4, isBig),
            _ => null,
        };

    static string? Text(ReadOnlySpan<byte> tiff, Dictionary<int, int> entries, int tag, bool isBig)
    {
        const int Ascii = 2;
        const int MostBytes = 1024;
        if (!entries.TryGetValue(tag, out var place) || Number(tiff, place + 2, 2, isBig) != Ascii)
        {
            return null;
        }

        var length = Number(tiff, place + 4, 4, isBig);
        var offset = length <= 4 ? place + 8 : Number(tiff, place + 8, 4, isBig);
        if (length > MostBytes || offset + length > tiff.Length)
        {
            return null;
        }

        var bytes = tiff.Slice((int)offset, (int)length);
        var end = bytes.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
        return text.Length == 0 ? null : text;
    }

    static double? Degrees(
        ReadOnlySpan<byte> tiff,
        Dictionary<int, int> entries,
        int signTag,
        int tag,
        char below,
        double limit,
        bool isBig)
    {
        const int Rational = 5;
        if (!entries.TryGetValue(tag, out var place) || Number(tiff, place + 2, 2, isBig) != Rational
            || Number(tiff, place + 4, 4, isBig) != 3)
        {
            return null;
        }

        var offset = Number(tiff, place + 8, 4, isBig);
        if (offset + 24 > tiff.Length)
        {
            return null;
        }

        var degrees = 0.0;
        for (var (i, unit) = (0, 1.0); i < 3; i++, unit *= 60)
        {
            var divisor = Number(tiff, (int)offset + (i * 8) + 4, 4, isBig);
            degrees += divisor == 0 ? 0 : Number(tiff, (int)offset + (i * 8), 4, isBig) / (double)divisor / unit;
        }

        return degrees > limit ? null : Text(tiff, entries, signTag, isBig)?[0] == below ? -degrees : degrees;
    }

    static string? Time(string? text, string? zone) => text is not null && DateTime.TryParseExact(
        text, "yyyy:MM:dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
        ? time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + zone : null;

    static int? Small(long? value) => value is >= 0 and <= int.MaxValue ? (int)value : null;

    static long Number(ReadOnlySpan<byte> tiff, int offset, int size, bool isBig)
    {
        var bytes = tiff.Slice(offset, size);
        return (size, isBig) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            (_, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        };
    }
}
