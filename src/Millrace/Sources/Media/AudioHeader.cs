using System.Buffers.Binary;

namespace Millrace.Sources.Media;

/// <summary>How long an audio file plays, by its headers: WAV, FLAC and MP3.</summary>
static class AudioHeader
{
    static readonly int[] BitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    static readonly int[] BitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
    static readonly int[] SampleRates = [44_100, 48_000, 32_000, 0];

    public static MediaFacts Wave(ReadOnlySpan<byte> head, long length)
    {
        var facts = new MediaFacts { MediaType = "audio/wav" };
        var bytesPerSecond = 0L;
        var position = 12L;
        while (position + 8 <= head.Length)
        {
            var chunk = head[(int)position..];
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("fmt "u8) && chunk.Length >= 20)
            {
                bytesPerSecond = BinaryPrimitives.ReadUInt32LittleEndian(chunk[16..]);
            }
            else if (chunk.StartsWith("data"u8))
            {
                var isCut = position + 8 + size > length;
                return facts with
                {
                    DurationSeconds = bytesPerSecond > 0 ? size / (double)bytesPerSecond : null,
                    Fault = isCut ? "was cut off: its data is shorter than it says"
                        : bytesPerSecond == 0 ? "says no format" : null,
                };
            }

            position += 8 + size + (size & 1);
        }

        return facts with { Fault = "has no data" };
    }

    public static MediaFacts Flac(ReadOnlySpan<byte> head)
    {
        var facts = new MediaFacts { MediaType = "audio/flac" };
        if (head.Length < 42 || (head[4] & 0x7f) != 0)
        {
            return facts with { Fault = "has no stream header" };
        }

        var info = head[8..];
        var rate = (info[10] << 12) | (info[11] << 4) | (info[12] >> 4);
        var samples = ((long)(info[13] & 0x0f) << 32) | BinaryPrimitives.ReadUInt32BigEndian(info[14..]);
        return facts with
        {
            DurationSeconds = rate > 0 && samples > 0 ? samples / (double)rate : null,
            Fault = rate == 0 ? "says no sample rate" : null,
        };
    }

    public static MediaFacts Mp3(ReadOnlySpan<byte> head, long length)
    {
        var facts = new MediaFacts { MediaType = "audio/mpeg" };
        var start = 0;
        if (head.StartsWith("ID3"u8) && head.Length > 10)
        {
            start = 10 + ((head[6] & 0x7f) << 21) + ((head[7] & 0x7f) << 14) + ((head[8] & 0x7f) << 7)
                + (head[9] & 0x7f);
        }

        while (start + 4 < head.Length && !(head[start] == 0xff && (head[start + 1] & 0xe0) == 0xe0))
        {
            start++;
        }

        if (start + 4 >= head.Length)
        {
            // The tag may be longer than what is looked at.
            return facts with { Fault = start >= length ? "has no audio" : null };
        }

        var version = (head[start + 1] >> 3) & 3;
        var bitRate = (version == 3 ? BitRates1 : BitRates2)[head[start + 2] >> 4] * 1000;
        var sampleRate = SampleRates[(head[start + 2] >> 2) & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
        if (bitRate == 0 || sampleRate == 0)
        {
            return facts with { Fault = "has no frame that can be read" };
        }

        var samplesPerFrame = version == 3 ? 1152 : 576;
        return facts with
        {
            DurationSeconds = Frames(head[start..]) is { } frames
                ? frames * samplesPerFrame / (double)sampleRate : (length - start) * 8.0 / bitRate,
        };
    }

    /// <summary>How many frames there are, as encoders of a varying rate write it into the first one.</summary>
    static long? Frames(ReadOnlySpan<byte> frame)
    {
        var near = frame[..Math.Min(frame.Length, 64)];
        var mark = near.IndexOf("Xing"u8) is var xing and >= 0 ? xing : near.IndexOf("Info"u8);
        return mark < 0 || frame.Length < mark + 12 || (frame[mark + 7] & 1) == 0
            ? null : BinaryPrimitives.ReadUInt32BigEndian(frame[(mark + 8)..]);
    }
}
