using Millrace.Objects;
using Millrace.Tables.Queries;

namespace Millrace.Sources.Media;

/// <summary>Functions of SQL that look into images.</summary>
static class ImageFunctions
{
    const string Packed = "millrace_image_size";

    /// <summary>Most images have their size within so many bytes.</summary>
    const int FirstBytes = 16 << 10;

    public static IReadOnlyList<SqlFunction> Of(ObjectStore objects) =>
    [
        SqlFunction.Macro(
            "image_size", "image_size(url) → STRUCT(width INTEGER, height INTEGER)",
            "The pixels of an image in the object store, by its header: JPEG, PNG, GIF, WebP, BMP, TIFF. Null for what "
            + "is no image, or tells none.",
            $"(url) as (case when {Packed}(url) is null then null else struct_pack("
            + $"width := cast({Packed}(url) >> 32 as integer), "
            + $"height := cast({Packed}(url) & 4294967295 as integer)) end)") with
        {
            Uses =
            [
                new SqlFunction(
                    Packed, "", "", session => ScalarFunction.RegisterNumber(
                        session, Packed, url => Size(objects, ObjectFunctions.Parse(url)))),
            ],
        },
    ];

    static long? Size(ObjectStore objects, ContentHash hash)
    {
        var length = objects.Size(hash);
        var facts = Facts(objects, hash, length, FirstBytes);
        if (facts is not { Width: > 0, Height: > 0 } && length > FirstBytes
            && facts.MediaType.StartsWith("image/", StringComparison.Ordinal))
        {
            facts = Facts(objects, hash, length, MediaHeader.HeadBytes);
        }

        return facts is { Width: > 0 and { } width, Height: > 0 and { } height }
            ? ((long)width << 32) | (uint)height : null;
    }

    static MediaFacts Facts(ObjectStore objects, ContentHash hash, long length, int most)
    {
        var head = new byte[(int)Math.Min(length, most)];
        using var stream = objects.OpenRead(hash, 0, head.Length);
        stream.ReadExactly(head);
        return MediaHeader.Read(head, default, length);
    }
}
