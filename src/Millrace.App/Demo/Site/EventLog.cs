using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace Millrace.App.Demo.Site;

/// <summary>Writes the log of one day: gzip (its header holds no time) of one JSON object a line.</summary>
static class EventLog
{
    // Ended by hand, since a writer of JSON ends its document and not its line.
    static readonly byte[] LineEnd = [(byte)'\n'];

    public static string FileName(DateOnly day) =>
        string.Create(CultureInfo.InvariantCulture, $"events-{day:yyyy-MM-dd}.jsonl.gz");

    /// <param name="path">Does not exist yet.</param>
    /// <param name="lines">In order of arrival.</param>
    /// <param name="badLines">Those of this file.</param>
    public static void Write(string path, LogLine[] lines, ILookup<int, BadLine> badLines)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using var zipped = new GZipStream(file, CompressionLevel.Optimal);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        for (var index = 0; index < lines.Length; index++)
        {
            buffer.ResetWrittenCount();
            json.Reset();
            WriteJson(json, lines[index]);
            foreach (var bad in badLines[index])
            {
                zipped.Write(bad.Bytes(buffer.WrittenSpan));
                zipped.Write(LineEnd);
            }

            zipped.Write(buffer.WrittenSpan);
            zipped.Write(LineEnd);
        }
    }

    static void WriteJson(Utf8JsonWriter json, LogLine line)
    {
        json.WriteStartObject();
        json.WriteString("event_id"u8, line.EventId.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteString("kind"u8, NameOf(line.Event.Kind));
        json.WriteNumber("user_id"u8, line.Event.UserId);
        if (line.Event.PhotoId is { } photoId)
            json.WriteNumber("photo_id"u8, photoId);
        else
            json.WriteNull("photo_id"u8);
        json.WriteString("time"u8, SiteTime.ToText(line.Event.TimeUnixMs));
        json.WriteString("received_at"u8, SiteTime.ToText(line.ReceivedUnixMs));
        json.WriteEndObject();
        json.Flush();
    }

    static ReadOnlySpan<byte> NameOf(SiteEventKind kind) => kind switch
    {
        SiteEventKind.Login => "login"u8,
        SiteEventKind.View => "view"u8,
        SiteEventKind.Like => "like"u8,
        _ => throw new System.Diagnostics.UnreachableException($"Event kind {kind} has no name in the logs."),
    };
}
