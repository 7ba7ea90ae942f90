using System.Text.Json.Nodes;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom.Foreign;

namespace Millrace.Tests.TablesRoom;

public sealed class DeletedRowsTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly ForeignTable _table;

    public DeletedRowsTests() => _table = new ForeignTable(_scratch["t"]);

    public void Dispose()
    {
        _table.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_vector_that_the_reference_wrote_is_read()
    {
        var vector = new DeletionVector("i", "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L", null, 44, 6);

        Assert.Equal([3, 4, 7, 11, 18, 29], DeletedRows.Read(Snapshot(), vector).Places);
    }

    [Theory]
    [InlineData("^Bg9^0rr910000000000iXQKl0rr91000005c8Xg##093", 34, new long[] { 3 })]
    [InlineData("^Bg9^0rr910000000000iXQKl0rr91000315c8Xg000f5", 36, new long[] { 0, 5 })]
    public void A_last_group_that_is_not_full_is_read(string text, int size, long[] places) =>
        Assert.Equal(
            places,
            DeletedRows.Read(Snapshot(), new DeletionVector("i", text, null, size, places.Length)).Places);

    [Fact]
    public void Any_changed_byte_of_a_file_is_refused_and_never_read_as_other_rows()
    {
        var bitmap = ForeignTable.Bitmap([1, 5, 17]);
        var vector = Parse(_table.InFile(bitmap, 3));
        var path = Directory.GetFiles(_table.Folder, "*.bin").Single();
        var whole = File.ReadAllBytes(path);
        for (var i = vector.Offset!.Value; i < whole.Length; i++)
        {
            var changed = whole.ToArray();
            changed[i] ^= 0x41;
            File.WriteAllBytes(path, changed);
            Refused(vector);
        }

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Refused(vector);
        }
    }

    [Fact]
    public void Any_changed_byte_of_a_bitmap_is_refused_or_read_with_as_many_rows()
    {
        foreach (var bitmap in new[]
        {
            ForeignTable.Bitmap([1, 5, 17]), ForeignTable.Run(3, 9),
            ForeignTable.Bitmap([.. Enumerable.Range(0, 5000).Select(i => (uint)(i * 3))]),
        })
        {
            var vector = Parse(_table.InFile(bitmap, 3));
            foreach (var i in Enumerable.Range(0, Math.Min(bitmap.Length, 60)))
            {
                foreach (var flip in new byte[] { 0x01, 0x80, 0xff })
                {
                    var changed = bitmap.ToArray();
                    changed[i] ^= flip;
                    var other = Parse(_table.InFile(changed, vector.Cardinality));
                    try
                    {
                        Assert.Equal(vector.Cardinality, DeletedRows.Read(Snapshot(), other).Places.Count());
                    }
                    catch (MillraceException exception)
                    {
                        Assert.Equal("deletion-vector-damaged", exception.Code);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("x", "abc", 3)]
    [InlineData("i", "not of five", 8)]
    [InlineData("i", "ü0000", 4)]
    [InlineData("i", "", 0)]
    [InlineData("i", "#####", 4)]
    [InlineData("i", "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L", 40)]
    [InlineData("u", "short", 3)]
    [InlineData("p", "s3://bucket/deletion_vector.bin", 3)]
    public void A_vector_that_can_not_be_found_is_refused(string storage, string text, int size) =>
        Refused(new DeletionVector(storage, text, null, size, 1));

    [Theory]
    [InlineData("p", "file:///etc/passwd")]
    [InlineData("p", "../../secret.bin")]
    [InlineData("u", "../../../ab^-aqEH.-t@S}K{vb[*k^")]
    public void A_vector_outside_of_the_table_is_refused(string storage, string text)
    {
        var failure = Assert.Throws<MillraceException>(
            () => DeletedRows.Read(Snapshot(), new DeletionVector(storage, text, 1, 40, 1)));

        Assert.Equal("table-path-outside", failure.Code);
    }

    TableSnapshot Snapshot() => new(
        "t", _table.Folder, 0, new TableSchema([new TableColumn("id", "long")]), [], "id",
        new Dictionary<string, long>(), null);

    void Refused(DeletionVector vector) => Assert.Contains(
        Assert.Throws<MillraceException>(() => DeletedRows.Read(Snapshot(), vector)).Code,
        new[] { "deletion-vector-damaged", "table-path-outside" });

    static DeletionVector Parse(string json)
    {
        var node = JsonNode.Parse(json)!;
        return new DeletionVector(
            (string)node["storageType"]!, (string)node["pathOrInlineDv"]!, (int?)node["offset"],
            (int)node["sizeInBytes"]!, (long)node["cardinality"]!);
    }
}
