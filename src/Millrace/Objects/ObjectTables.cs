using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Objects;

/// <summary>The object store, for SQL.</summary>
static class ObjectTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog, ObjectStore objects) =>
    [
        SystemTable.Of(
            "objects", "An object of the store.",
            [
                Text("hash", "SHA-256 of its bytes."),
                Text("url", "How cells of tables name it."),
                Int64("size_bytes", "Its bytes; null when it is not here, or damaged."),
                Boolean("is_chunked", "Whether it is stored as chunks, each once."),
                Text("pack", "The pack that it begins in; null when it is not here."),
            ],
            _ => objects.ListSizes().Select(found => new object?[]
            {
                found.Hash.ToString(), ObjectUrl.Format(found.Hash), found.SizeBytes, found.IsChunked, found.Pack,
            }).ToAsyncEnumerable()),
        SystemTable.Of(
            "packs", "A file of the object store that holds many objects.",
            [
                Text("name", "Its name."),
                Int64("size_bytes", "Its bytes."),
                Int64("objects", "Objects that begin in it."),
                Int64("entries", "Objects, chunks and lists of chunks in it."),
                Int64("stored_bytes", "Bytes of the entries as they are stored."),
                Int64("raw_bytes", "Bytes of the entries as they were given."),
            ],
            _ => objects.ListPacks().Select(pack => new object?[]
            {
                pack.Name, pack.SizeBytes, pack.Objects, pack.Entries, pack.StoredBytes, pack.RawBytes,
            }).ToAsyncEnumerable()),
        SystemTable.OfCatalog(
            catalog, "object_digests", "What others call an object.", "object_digest",
            (Text("hash", "The object."), "hash"),
            (Text("algorithm", "Such as 'md5'."), "algorithm"),
            (Text("digest", "The digest."), "digest")),
        SystemTable.OfCatalog(
            catalog, "tombstones", "Something that was erased on purpose.", "tombstone",
            (Text("erasure_id", "The erasure that it was part of."), "erasure_id"),
            (Text("kind", "'object', 'row' or 'version'."), "kind"),
            (Text("name", "The table of a row, the label of a version; empty for an object."), "name"),
            (Text("hash", "The hash of an object or version; a salted digest of a row's key."), "hash"),
            (Text("detail", "Counts and more, as JSON."), "detail"),
            (Text("reason", "Why; null when none was given."), "reason"),
            (Text("erased_by", "Who did it."), "erased_by"),
            (Time("erased_at", "When."), "erased_at")),
    ];
}
