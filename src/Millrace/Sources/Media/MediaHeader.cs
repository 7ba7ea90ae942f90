using System.Buffers.Binary;
using System.Text.Unicode;

namespace Millrace.Sources.Media;

/// <summary>Reads what the headers of images, audio and other files tell, from the file's first and last bytes.
/// </summary>
static class MediaHeader
{
    /// <summary>So many bytes from the start are looked at.</summary>
    public const int HeadBytes = 512 << 10;

    /// <summary>So many bytes at the end are looked at.</summary>
    public const int TailBytes = 8 << 10;

    /// <param name="head">The file's first bytes.</param>
    /// <param name="tail">Its last bytes; they may be in the head too.</param>
    /// <param name="length">Its bytes.</param>
    public static MediaFacts Read(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long length) => head switch
    {
        [] => new MediaFacts { MediaType = "application/octet-stream", Fault = "is empty" },
        [0xff, 0xd8, 0xff, ..] => Jpeg(head, tail),
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Png(head, tail),
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => Gif(head, tail),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] =>
            WebP(head, length),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'A', (byte)'V', (byte)'E', ..] =>
            AudioHeader.Wave(head, length),
        [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..] => AudioHeader.Flac(head),
        [(byte)'I', (byte)'D', (byte)'3', ..] or [0xff, (>= 0xe2 and <= 0xe7) or (>= 0xf2 and <= 0xff), ..] =>
            AudioHeader.Mp3(head, length),
        [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => new MediaFacts { MediaType = "audio/ogg" },
        [(byte)'B', (byte)'M', ..] when length > 26 => Bitmap(head),
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => Tiff(head),
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => new MediaFacts { MediaType = "application/pdf" },
        [(byte)'P', (byte)'K', 3, 4, ..] => new MediaFacts { MediaType = "application/zip" },
        [0x1f, 0x8b, ..] => new MediaFacts { MediaType = "application/gzip" },
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => new MediaFacts { MediaType = "video/mp4" },
        _ => new MediaFacts { MediaType = IsText(head, length) ? "text/plain" : "application/octet-stream" },
    };

    static bool IsText(ReadOnlySpan<byte> head, long length)
    {
        const int LongestCharacter = 4;
        if (head.Contains((byte)0))
        {
            return false;
        }

        // The head may end within a character.
        for (var cut = 0; cut < LongestCharacter && cut < head.Length; cut++)
        {
            if (Utf8.IsValid(head[..^cut]))
            {
                return true;
            }

            if (length <= head.Length)
            {
                return false;
            }
        }

        return false;
    }

    static MediaFacts Jpeg(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        var facts = new MediaFacts { MediaType = "image/jpeg", Fault = JpegEnding.FaultOfTail(tail) };
        var position = 2;
        while (position + 9 < head.Length && head[position] == 0xff)
        {
            var marker = head[position + 1];
            if (marker is 0xff or 0x01 or (>= 0xd0 and <= 0xd8))
            {
                position += marker == 0xff ? 1 : 2;
                continue;
            }

            var size = BinaryPrimitives.ReadUInt16BigEndian(head[(position + 2)..]);
            if (marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc))
            {
                return facts with
                {
                    Height = BinaryPrimitives.ReadUInt16BigEndian(head[(position + 5)..]),
                    Width = BinaryPrimitives.ReadUInt16BigEndian(head[(position + 7)..]),
                };
            }

            var body = head[(position + 4)..Math.Min(head.Length, position + 2 + Math.Max(2, (int)size))];
            if (marker == 0xe1 && body.StartsWith("Exif\0\0"u8))
            {
                facts = ExifTags.Add(facts, body[6..]);
            }

            if (marker == 0xda || size < 2)
            {
                break;
            }

            position += 2 + size;
        }

        return facts with { Fault = facts.Fault ?? "has no frame header" };
    }

    static MediaFacts Png(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        var facts = new MediaFacts
        {
            MediaType = "image/png",
            Fault = tail.LastIndexOf("IEND"u8) >= 0 ? null : "was cut off: it has no end",
        };
        return head.Length < 24 || !head[12..].StartsWith("IHDR"u8) ? facts with { Fault = "has no header" }
            : facts with
            {
                Width = (int)BinaryPrimitives.ReadUInt32BigEndian(head[16..]),
                Height = (int)BinaryPrimitives.ReadUInt32BigEndian(head[20..]),
            };
    }

    static MediaFacts Gif(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => head.Length < 10
        ? new MediaFacts { MediaType = "image/gif", Fault = "has no header" }
        : new MediaFacts
        {
            MediaType = "image/gif",
            Width = BinaryPrimitives.ReadUInt16LittleEndian(head[6..]),
            Height = BinaryPrimitives.ReadUInt16LittleEndian(head[8..]),
            Fault = tail.TrimEnd((byte)0) is [.., 0x3b] ? null : "was cut off: it has no end",
        };

    static MediaFacts WebP(ReadOnlySpan<byte> head, long length)
    {
        var facts = new MediaFacts
        {
            MediaType = "image/webp",
            Fault = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) + 8L > length ? "was cut off" : null,
        };
        if (head.Length < 30)
        {
            return facts with { Fault = "has no header" };
        }

        var kind = head.Slice(12, 4);
        if (kind.SequenceEqual("VP8X"u8))
        {
            return facts with
            {
                Width = 1 + (head[24] | (head[25] << 8) | (head[26] << 16)),
                Height = 1 + (head[27] | (head[28] << 8) | (head[29] << 16)),
            };
        }

        if (kind.SequenceEqual("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(head[21..]);
            return facts with { Width = (int)(bits & 0x3fff) + 1, Height = (int)((bits >> 14) & 0x3fff) + 1 };
        }

        return facts with
        {
            Width = BinaryPrimitives.ReadUInt16LittleEndian(head[26..]) & 0x3fff,
            Height = BinaryPrimitives.ReadUInt16LittleEndian(head[28..]) & 0x3fff,
        };
    }

    static MediaFacts Bitmap(ReadOnlySpan<byte> head) => new()
    {
        MediaType = "image/bmp",
        Width = Math.Abs(BinaryPrimitives.ReadInt32LittleEndian(head[18..])),
        Height = Math.Abs(BinaryPrimitives.ReadInt32LittleEndian(head[22..])),
    };

    static MediaFacts Tiff(ReadOnlySpan<byte> head) => ExifTags.Add(new MediaFacts { MediaType = "image/tiff" }, head);
}
