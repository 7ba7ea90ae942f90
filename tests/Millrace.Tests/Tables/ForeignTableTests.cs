using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom.Foreign;

namespace Millrace.Tests.TablesRoom;

public sealed class ForeignTableTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public static TheoryData<string> Names => [.. ForeignKinds.All.Select(kind => kind.Name)];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_table_of_another_writer_is_read_row_by_row(string name)
    {
        var kind = ForeignKinds.Find(name);
        using (var table = new ForeignTable(_scratch["t"])) kind.Write(table);
        using var session = new SqlSession(_scratch.Path);

        var snapshot = DeltaTable.Open(_scratch["t"]);
        session.Attach("got", snapshot);
        session.Execute($"create view expected as {kind.Expected}", TestContext.Current.CancellationToken);

        Assert.Equal(
            session.Rows("describe expected", reader => (reader.GetString(0), reader.GetString(1))),
            session.Rows("describe got", reader => (reader.GetString(0), reader.GetString(1))));
        Assert.Empty(session.Rows(
            "(from expected except all from got) union all (from got except all from expected)",
            reader => string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue))));
        Assert.Equal(session.Value<long>("select count(*) from got"), snapshot.RowCount);
        Assert.Equal(snapshot.Identity(), DeltaTable.Open(_scratch["t"]).Identity());
    }
}
