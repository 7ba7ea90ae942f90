using System.Globalization;
using Millrace.Catalog;

namespace Millrace.Buckets;

public sealed partial class BucketStore
{
    // With a delimiter most rows of a batch may lie under one common prefix, which is then stepped over.
    const int GroupedBatch = 64;

    /// <summary>A page of the keys that have bytes, in order. It costs as many rows as the page has entries: keys
    /// under a common prefix are stepped over by seeking behind it.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task<ObjectPage> ListAsync(
        string bucket, ListQuery query, CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session =>
        {
            var id = Get(session, bucket).Id;
            return Page(query, Start(query), (place, max) => Keys(session, id, query.Prefix, place, max));
        },
        cancellationToken);

    /// <summary>A page of all versions and markers: keys in order, and of each the newest first.</summary>
    /// <exception cref="MillraceException"><c>bucket-missing</c>.</exception>
    public Task<ObjectPage> ListVersionsAsync(
        string bucket, ListQuery query, CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session =>
        {
            var id = Get(session, bucket).Id;
            var start = Start(query);
            if (query.AfterVersion.Length > 0 && SeqOf(session, id, query.After, query.AfterVersion) is { } seq)
                start = new Place(query.After, IsIncluded: true, seq);
            return Page(query, start, (place, max) => Versions(session, id, query.Prefix, place, max));
        },
        cancellationToken);

    internal static ObjectPage Page(ListQuery query, Place? start, Func<Place, int, List<ListedRow>> read)
    {
        var versions = new List<ObjectVersion>();
        var prefixes = new List<string>();
        var (last, lastVersion) = ("", "");
        var place = start;
        while (place is not null && query.Max > 0)
        {
            var free = query.Max + 1 - versions.Count - prefixes.Count;
            var max = query.Delimiter.Length > 0 ? Math.Min(free, GroupedBatch) : free;
            var rows = read(place, max);
            string? skipped = null;
            foreach (var row in rows)
            {
                if (skipped is not null && row.Version.Key.StartsWith(skipped, StringComparison.Ordinal))
                    continue;
                if (versions.Count + prefixes.Count == query.Max)
                    return new ObjectPage(versions, prefixes, true, last, lastVersion);
                skipped = KeyRange.CommonPrefix(row.Version.Key, query.Prefix, query.Delimiter);
                if (skipped is not null)
                    prefixes.Add(skipped);
                else
                    versions.Add(row.Version);
                (last, lastVersion) = skipped is not null ? (skipped, "") : (row.Version.Key, row.Version.VersionId);
            }

            if (rows.Count < max)
                break;
            place = skipped is null
                ? new Place(rows[^1].Version.Key, IsIncluded: false, rows[^1].Seq)
                : KeyRange.End(skipped) is { } end ? new Place(end, IsIncluded: true, null) : null;
        }

        return new ObjectPage(versions, prefixes, false, last, lastVersion);
    }

    internal static Place? Start(ListQuery query)
    {
        if (query.After.Length == 0 || Utf8Less(query.After, query.Prefix))
            return new Place(query.Prefix, IsIncluded: true, null);
        // A marker that is a common prefix stands for all that it was listed for.
        if (query.Delimiter.Length > 0
            && KeyRange.CommonPrefix(query.After, query.Prefix, query.Delimiter) == query.After)
        {
            return KeyRange.End(query.After) is { } end ? new Place(end, IsIncluded: true, null) : null;
        }

        return new Place(query.After, IsIncluded: false, null);
    }

    static bool Utf8Less(string left, string right) =>
        System.Text.Encoding.UTF8.GetBytes(left).AsSpan()
            .SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right)) < 0;

    static List<ListedRow> Keys(CatalogSession session, long bucket, string prefix, Place place, int max)
    {
        var comparison = place.IsIncluded ? ">=" : ">";
        var sql = $"{ListedColumns} where bucket_id = @bucket and is_latest = 1 and is_marker = 0 "
            + $"and key {comparison} @from";
        return KeyRange.End(prefix) is { } end
            ? session.Query(
                $"{sql} and key < @to order by key limit @max", ReadListedRow,
                ("bucket", bucket), ("from", place.Key), ("to", end), ("max", max))
            : session.Query(
                $"{sql} order by key limit @max", ReadListedRow,
                ("bucket", bucket), ("from", place.Key), ("max", max));
    }

    static List<ListedRow> Versions(CatalogSession session, long bucket, string prefix, Place place, int max)
    {
        var rows = new List<ListedRow>();
        if (place.Seq is { } seq)
        {
            rows = session.Query(
                $"{ListedColumns} where bucket_id = @bucket and key = @key and seq > @seq order by seq limit @max",
                ReadListedRow, ("bucket", bucket), ("key", place.Key), ("seq", seq), ("max", max));
            if (rows.Count == max)
                return rows;
        }

        var comparison = place.IsIncluded && place.Seq is null ? ">=" : ">";
        var sql = $"{ListedColumns} where bucket_id = @bucket and key {comparison} @from";
        rows.AddRange(KeyRange.End(prefix) is { } end
            ? session.Query(
                $"{sql} and key < @to order by key, seq limit @max", ReadListedRow,
                ("bucket", bucket), ("from", place.Key), ("to", end), ("max", max - rows.Count))
            : session.Query(
                $"{sql} order by key, seq limit @max", ReadListedRow,
                ("bucket", bucket), ("from", place.Key), ("max", max - rows.Count)));
        return rows;
    }

    // A version that was deleted since its page was listed still says its place, unless it is the one called null.
    static long? SeqOf(CatalogSession session, long bucket, string key, string version) =>
        version.Length == 32
            && long.TryParse(version.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var count)
            ? -count
            : session.First(
                "select seq from bucket_object where bucket_id = @bucket and key = @key and version_id = @version",
                row => (long?)row.Int64(0), ("bucket", bucket), ("key", key), ("version", version))
                // Where it stood nobody knows; what was listed before it may come again, and nothing is left out.
                ?? long.MinValue;

    static ListedRow ReadListedRow(CatalogRow row) => new(ReadListed(row), row.Int64(1));

    internal sealed record Place(string Key, bool IsIncluded, long? Seq);

    internal readonly record struct ListedRow(ObjectVersion Version, long Seq);
}
