using Millrace.Datasets;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.DatasetsRoom;

public sealed class CanonicalRowsTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly SqlSession _session;

    public CanonicalRowsTests() => _session = new SqlSession(_scratch.Path);

    public void Dispose()
    {
        _session.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_small_table_of_every_type_has_this_hash() => Assert.Equal(
        "c6f870c00e247f2d4556c7faf34c7398",
        Hash(
            """
            select * from (values
                (1::bigint, 1.5::double, 'größe', true, timestamptz '2026-03-15 12:00:00.000001+00',
                    date '2026-03-15', 1.25::decimal(9,2), [1.5::float, null], 'ab'::blob, 1::tinyint, 2::float),
                (null, null, null, null, null, null, null, null, null, null, null))
            """)[..32]);

    [Theory]
    [InlineData("0.0::double", "-0.0::double")]
    [InlineData("null::varchar", "''")]
    [InlineData("'a'", "'b'")]
    [InlineData("'ab'::blob", "'ac'::blob")]
    [InlineData("[null]::boolean[]", "[false]")]
    [InlineData("[]::bigint[]", "null::bigint[]")]
    [InlineData("[null]::bigint[]", "[]::bigint[]")]
    [InlineData("['a', 'b']", "['ab']")]
    [InlineData("1::bigint", "1::integer")]
    [InlineData("timestamptz '2026-01-01 00:00:00.000001+00'", "timestamptz '2026-01-01 00:00:00.000002+00'")]
    public void Values_that_differ_have_other_hashes(string one, string other) =>
        Assert.NotEqual(Hash($"select {one} as v"), Hash($"select {other} as v"));

    [Fact]
    public void Values_do_not_flow_from_one_column_into_the_next() =>
        Assert.NotEqual(Hash("select 'a' as x, 'bc' as y"), Hash("select 'ab' as x, 'c' as y"));

    string Hash(string query)
    {
        var staged = new TableStage(_scratch.Path, Guid.CreateVersion7().ToString("N")).Write(
            _session, "t", TableMode.Append, query, [], cancellationToken: TestContext.Current.CancellationToken);
        _session.AttachFiles(
            "t", staged.Schema, [.. staged.Files.Select(file => Path.Join(_scratch["t"], file.Path))]);
        return CanonicalRows.Hash(_session, "from t", staged.Schema, TestContext.Current.CancellationToken).Hash;
    }
}
