using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Buckets;

/// <summary>Buckets and what is in them, for SQL.</summary>
static class BucketTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        SystemTable.OfCatalog(
            catalog, "buckets", "A bucket of the S3 server.", "bucket",
            (Text("name", "Its name."), "name"),
            (Text("owner", "The account that owns it."), "owner"),
            (Time("created_at", "When it was made."), "created_at"),
            (Text("versioning", "'off', 'enabled' or 'suspended'."),
                "case versioning when 0 then 'off' when 1 then 'enabled' else 'suspended' end"),
            (Boolean("has_lock", "Whether objects in it may be locked."), "has_lock")),
        Objects(catalog),
        SystemTable.OfCatalog(
            catalog, "uploads", "An upload in parts.",
            "multipart_upload u join bucket b on b.bucket_id = u.bucket_id",
            (Text("upload_id", "The upload."), "u.upload_id"),
            (Text("bucket", "The bucket."), "b.name"),
            (Text("key", "The key that it will have."), "u.key"),
            (Text("owner", "The account that began it."), "u.owner"),
            (Time("created_at", "When it was begun."), "u.created_at"),
            (Boolean("is_complete", "Whether it is done."),
                "cast(case when u.outcome = '' then 0 else 1 end as bigint)")),
        SystemTable.OfCatalog(
            catalog, "lfs_objects", "An object of a repository of git-lfs.", "lfs_object",
            (Text("repository", "The repository."), "repository"),
            (Text("oid", "Its SHA-256."), "oid"),
            (Int64("size_bytes", "Its bytes."), "size_bytes"),
            (Time("created_at", "When it was taken in."), "created_at")),
        SystemTable.OfCatalog(
            catalog, "lfs_locks", "A path of a repository of git-lfs that someone has locked.", "lfs_lock",
            (Text("repository", "The repository."), "repository"),
            (Text("path", "The path."), "path"),
            (Text("owner", "Who locked it."), "owner"),
            (Time("locked_at", "When."), "locked_at")),
    ];

    static SystemTable Objects(ICatalog catalog) => SystemTable.OfCatalog(
        catalog, "bucket_objects", "A version of a key in a bucket.",
        "bucket_object o join bucket b on b.bucket_id = o.bucket_id",
        (Text("bucket", "The bucket."), "b.name"),
        (Text("key", "The key."), "o.key"),
        (Text("version_id", "The version as S3 names it; 'null' without versioning."), "o.version_id"),
        (Boolean("is_latest", "Whether it is the newest of its key."), "o.is_latest"),
        (Boolean("is_marker", "Whether it says that the key was deleted."), "o.is_marker"),
        (Int64("size_bytes", "Its bytes."), "o.size_bytes"),
        (Text("etag", "As S3 has it."), "o.etag"),
        (Time("modified_at", "When it was put."), "o.modified_at"),
        (Text("owner", "The account that put it."), "o.owner"));
}
