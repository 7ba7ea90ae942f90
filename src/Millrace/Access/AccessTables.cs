using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Access;

/// <summary>Access keys without their secrets, for SQL.</summary>
static class AccessTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        SystemTable.OfCatalog(
            catalog, "keys", "A key of the S3 server. Its secret is not shown.", "access_key",
            (Text("key_id", "What requests name."), "key_id"),
            (Text("name", "For people."), "name"),
            (Text("account_id", "Who owns what it makes."), "account_id"),
            (Time("created_at", "When it was made."), "created_at"),
            (Time("expires_at", "When it stops working; null for never."), "expires_at"),
            (Boolean("is_disabled", "Whether it is refused."), "is_disabled")),
        SystemTable.OfCatalog(
            catalog, "grants", "What a key may do.", "access_grant",
            (Text("key_id", "The key."), "key_id"),
            (Text("bucket", "The buckets: a name, or a pattern with *."), "bucket"),
            (Text("access_right", "What it may do there."), "access_right")),
        SystemTable.OfCatalog(
            catalog, "accounts", "Someone who owns buckets and objects.", "account",
            (Text("account_id", "The account."), "account_id"),
            (Text("display_name", "Its name."), "display_name"),
            (Text("email", "Its address; may be empty."), "email")),
    ];
}
