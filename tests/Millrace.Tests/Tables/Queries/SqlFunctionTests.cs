using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Millrace.Objects;
using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SqlFunctionTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sample_is_the_same_in_every_version()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        // These are in docs/formats/sampling.md and stay as they are.
        Assert.Equal(
            [Hash("0", "17"), Hash("7", "17"), Hash("0", "a/b")],
            (await workspace.RowsAsync(
                "select unnest([sample_hash(17), sample_hash('17', 7), sample_hash('a/b', 0)])"))
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)));
        Assert.Equal(
            ["0.8188551390822623|validation|train|test"],
            await workspace.RowsAsync("select sample_hash(17), split_of(17), split_of(4), split_of(17, 0.5, 0.25)"));
    }

    [Fact]
    public async Task Samples_and_splits_have_about_the_share_that_was_asked_for()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var counts = (await workspace.RowsAsync(
            """
            select count(*) filter (where sample_hash(i) < 0.1), count(*) filter (where split_of(i) = 'train'),
                count(*) filter (where split_of(i, 0.5, 0.3) = 'validation'),
                count(*) filter (where split_of(i, 0.5, 0.3, 9) = 'test'),
                count(*) filter (where sample_hash(i) < 0.1 and sample_hash(i, 1) < 0.1)
            from range(20000) r(i)
            """))[0].Split('|').Select(int.Parse).ToArray();

        Assert.InRange(counts[0], 1900, 2100);
        Assert.InRange(counts[1], 15_800, 16_200);
        Assert.InRange(counts[2], 5800, 6200);
        Assert.InRange(counts[3], 3800, 4200);
        Assert.InRange(counts[4], 150, 250);
        Assert.Equal(["null|null"], await workspace.RowsAsync("select sample_hash(null), split_of(null)"));
        await FailsAsync(
            workspace, "select split_of(1, 0.9, 0.2)", "the shares of train and validation are 0.9 and 0.2");
    }

    [Fact]
    public async Task The_hash_is_that_of_the_page_of_the_format()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using var query = await workspace.Tables.Sql.PrepareAsync(
            "select sample_hash('a')", new SqlQueryOptions { Threads = 1 }, Stop);

        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 20], Gen.Int).Sample(
            (key, seed) => Assert.Equal(
                Hash(seed.ToString(CultureInfo.InvariantCulture), key),
                query.Session.Value<double>(
                    "select sample_hash($key, $seed)", new SqlParameter("key", key), new SqlParameter("seed", seed))),
            iter: 50);
    }

    [Fact]
    public async Task Objects_are_read_where_a_cell_names_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        // An object's hash is SHA-256 of its bytes.
        var hash = workspace.Open.Objects.Put("hello"u8);
        var empty = workspace.Open.Objects.Put([]);
        await workspace.OverwriteAsync(
            "t", $"select '{ObjectUrl.Format(hash)}' as url, 1 as i union all select null, 2 "
            + $"union all select '{ObjectUrl.Format(empty)}', 3", "i");

        Assert.Equal(
            [$"5|{hash}|hello", "null|null|null", $"0|{empty}|"],
            await workspace.RowsAsync(
                "select object_size(url), sha256(object_bytes(url)), decode(object_bytes(url)) from t order by i"));
        await FailsAsync(
            workspace, "select object_bytes('http://x')", "object_bytes: 'http://x' is not the URL of an object.");
        await FailsAsync(workspace, $"select object_size('object:{new string('0', 64)}')", "object_size: ");
        Assert.Equal(["null"], await workspace.RowsAsync("select try(object_size('http://x'))"));
        Assert.Equal(
            ["3000"],
            await workspace.RowsAsync(
                $"select count(*) from (select object_bytes('{ObjectUrl.Format(hash)}' || left('', i)) as b "
                + "from range(3000) r(i)) where octet_length(b) = 5"));
    }

    [Fact]
    public async Task The_size_of_an_image_is_read_from_its_header()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        byte[] gif = [.. "GIF89a"u8, 0x40, 0x01, 0xf0, 0x00, 0, 0, 0, 0x3b];
        var image = ObjectUrl.Format(workspace.Open.Objects.Put(gif));
        var text = ObjectUrl.Format(workspace.Open.Objects.Put("no image"u8));

        Assert.Equal(
            ["320|240|null"],
            await workspace.RowsAsync(
                $"select s.width, s.height, image_size('{text}') from (select image_size('{image}') as s)"));
    }

    [Fact]
    public async Task Vectors_have_a_distance_in_the_metric_that_is_named()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        Assert.Equal(
            ["0|1|5|-25"],
            await workspace.RowsAsync(
                """
                select round(embedding_distance([1.0, 0.0], [2.0, 0.0]), 9)::int,
                    round(embedding_distance([1.0, 0.0], [0.0, 3.0], 'COSINE'), 9)::int,
                    embedding_distance([0.0, 0.0], [3.0, 4.0], 'l2')::int,
                    embedding_distance([3, 4]::float[2], [3, 4]::float[2], 'ip')::int
                """));
        await FailsAsync(workspace, "select embedding_distance([1.0], [2.0], 'l3')", "the metric is 'l3'");
        await FailsAsync(workspace, "select embedding_distance([1.0], [2.0, 1.0])", "");
    }

    [Fact]
    public async Task Figures_of_a_text_count_characters_and_not_bytes()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        Assert.Equal(
            ["11|13|4|2|2|0.143", "0|0|0|0|null|null"],
            await workspace.RowsAsync(
                """
                select s.characters, s.bytes, s.words, s.lines, s.mean_word, round(s.upper_case, 3) from (
                    select text_stats('Äb cd' || chr(10) || 'öfg 1') as s, 1 as i union all select text_stats(''), 2)
                order by i
                """));
        Assert.Equal(["null"], await workspace.RowsAsync("select text_stats(null)"));
    }

    static double Hash(string seed, string key)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{key}")));
        return ulong.Parse(digest[..13], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 4503599627370496.0;
    }

    static async Task FailsAsync(TestWorkspace workspace, string sql, string message)
    {
        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.RowsAsync(sql));
        Assert.Equal("sql-failed", failure.Code);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }
}
