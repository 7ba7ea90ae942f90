using Millrace.Catalog;

namespace Millrace.Tables.Edits;

/// <summary>Versions of a table that must stay readable, and who says so.</summary>
static class TablePins
{
    public static List<(long Version, string Holder)> Read(CatalogSession session, string name) =>
    [
        .. session.Query(
            """
            select v.number, p.holder from pin p join version v on v.version_id = p.version_id
            where v.kind = 'table' and v.name = @name order by v.number
            """,
            row => (row.Int64(0), row.Text(1)), ("name", name)),
        .. session.Query(
            """
            select v.number, r.name from ref r join version v on v.version_id = r.version_id
            where v.kind = 'table' and v.name = @name order by v.number
            """,
            row => (row.Int64(0), $"table:{name}@{row.Text(1)}"), ("name", name)),
    ];
}
