using CsCheck;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

public sealed class TableSnapshotTests
{
    static readonly TableSchema Schema = new([new TableColumn("id", "long")]);

    static readonly string[] Hashes = [.. Enumerable.Range(0, 16).Select(i => new string("0123456789abcdef"[i], 64))];

    [Fact]
    public void The_identity_does_not_depend_on_names_order_or_version() =>
        Gen.Select(Gen.Int[0, 15].Array[0, 8], Gen.Int).Sample(
            (files, seed) =>
            {
                var shuffled = files.ToArray();
                new Random(seed).Shuffle(shuffled);

                Assert.Equal(
                    Snapshot(Schema, files, "a", 1).Identity(), Snapshot(Schema, shuffled, "b", 7).Identity());
            },
            iter: 200);

    [Fact]
    public void The_identity_tells_contents_and_schemas_apart()
    {
        var identities = new[]
        {
            Snapshot(Schema, [], "a", 0), Snapshot(Schema, [1], "a", 0), Snapshot(Schema, [1, 1], "a", 0),
            Snapshot(Schema, [1, 2], "a", 0),
            Snapshot(new TableSchema([new TableColumn("id", "integer")]), [1], "a", 0),
            Snapshot(new TableSchema([new TableColumn("ID", "long")]), [1], "a", 0),
        }.Select(snapshot => snapshot.Identity()).ToList();

        Assert.Equal(identities.Count, identities.Distinct().Count());
    }

    static TableSnapshot Snapshot(TableSchema schema, int[] files, string prefix, long version) => new(
        "t", "/nowhere/" + prefix, version, schema,
        [.. files.Select((hash, i) => new DataFile($"{prefix}{i}.parquet", 1, 1, Hashes[hash], "{}", null))],
        prefix, new Dictionary<string, long>(), null);
}
