using Millrace.Lineage;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.LineageRoom;

public abstract class LineageResolveTests(SharedPostgres? postgres) : CatalogTest(postgres)
{
    static readonly DateTimeOffset FirstWrite = CountingClock.Start;

    [Theory]
    [InlineData("table:photos", "table:photos@v3")]
    [InlineData("photos", "table:photos@v3")]
    [InlineData("photos@v1", "table:photos@v1")]
    [InlineData("photos@checked", "table:photos@v2")]
    [InlineData("table:photos@aaaa0000b", "table:photos@v1")]
    [InlineData("photos@bbbb00000000", "table:photos@v2")]
    [InlineData("model:popularity@production", "model:popularity@v1")]
    [InlineData("file:logs/a@b.gz@v1", "file:logs/a@b.gz@v1")]
    [InlineData("dataset:training@v1", "dataset:training@v1")]
    public async Task A_name_means_one_version(string name, string label)
    {
        var lineage = await Site();

        Assert.Equal(label, (await Resolve(lineage, name)).Label);
    }

    [Fact]
    public async Task A_time_means_the_version_that_was_newest_then()
    {
        var lineage = await Site();
        var versions = await lineage.VersionsAsync("table", "photos", TestContext.Current.CancellationToken);
        Assert.Equal([3, 2, 1], versions.Select(version => version.Number));

        foreach (var version in versions)
            Assert.Equal(version, await Resolve(lineage, $"photos@{version.CreatedAt:O}"));
        Assert.Equal(versions[0], await Resolve(lineage, "photos@2100-01-01"));
        var before = versions[^1].CreatedAt.AddMicroseconds(-1);
        var error = await Refused(lineage, $"photos@{before:O}");
        Assert.Equal("version-unknown", error.Code);
    }

    [Fact]
    public async Task A_full_hash_means_the_newest_version_with_it()
    {
        var lineage = await Site();

        Assert.Equal(3, (await Resolve(lineage, $"photos@{"aaaa0000cc".PadRight(64, '0')}")).Number);
        Assert.Equal("version-unknown", (await Refused(lineage, "photos@aaaa0001")).Code);
    }

    [Fact]
    public async Task The_beginning_of_several_hashes_lists_their_versions()
    {
        var lineage = await Site();

        var error = await Refused(lineage, "photos@aaaa0000");

        Assert.Equal((ErrorKind.Invalid, "thing-ambiguous"), (error.Kind, error.Code));
        Assert.EndsWith("say which: 'table:photos@v3' or 'table:photos@v1'.", error.Hint);
    }

    [Fact]
    public async Task A_name_of_several_things_lists_them()
    {
        var lineage = await Site();

        var error = await Refused(lineage, "training@v1");

        Assert.Equal((ErrorKind.Invalid, "thing-ambiguous"), (error.Kind, error.Code));
        Assert.Equal("Say which: 'dataset:training@v1' or 'table:training@v1'.", error.Hint);
    }

    [Theory]
    [InlineData("fotos", "Did you mean 'table:photos'?")]
    [InlineData("table:photo", "Did you mean 'table:photos'?")]
    [InlineData("modle:popularity", "Did you mean 'model:popularity'?")]
    [InlineData("trainin", "Did you mean 'dataset:training' or 'table:training'?")]
    [InlineData("model:photos", "Did you mean 'table:photos'?")]
    public async Task An_unknown_name_is_answered_with_the_near_ones(string name, string hint)
    {
        var lineage = await Site();

        var error = await Refused(lineage, name);

        Assert.Equal((ErrorKind.NotFound, "thing-unknown", hint), (error.Kind, error.Code, error.Hint));
        Assert.Contains($"'{name}'", error.Message);
    }

    [Fact]
    public async Task An_unknown_name_with_nothing_near_is_answered_with_where_to_look()
    {
        var error = await Refused(await Site(), "something-else");

        Assert.Equal("thing-unknown", error.Code);
        Assert.DoesNotContain("Did you mean", error.Hint);
        Assert.Contains("'millrace table list'", error.Hint);
    }

    [Fact]
    public async Task An_unknown_version_is_answered_with_what_there_is()
    {
        var lineage = await Site();

        var table = await Refused(lineage, "photos@v9");
        var dataset = await Refused(lineage, "dataset:training@tonight");

        Assert.Equal((ErrorKind.NotFound, "version-unknown"), (table.Kind, table.Code));
        Assert.Equal("'table:photos' has no version 'v9'.", table.Message);
        Assert.StartsWith("Its newest is v3; its names are @checked, @raw.", table.Hint);
        Assert.StartsWith("Its newest is v1. A version is", dataset.Hint);
    }

    [Fact]
    public async Task In_an_empty_catalog_nothing_has_a_name()
    {
        var lineage = new LineageGraph(Open());

        Assert.Equal("thing-unknown", (await Refused(lineage, "photos")).Code);
        Assert.Empty(await lineage.NewestAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_version_is_the_same_when_its_hash_or_its_number_is()
    {
        var catalog = Open();

        var first = await catalog.Write(session => session.AddVersion("dataset", "d", "aa"));
        var second = await catalog.Write(session => session.AddVersion("dataset", "d", "bb"));
        var again = await catalog.Write(session => session.AddVersion("dataset", "d", "aa"));
        var elsewhere = await catalog.Write(session => session.AddVersion("dataset", "e", "aa"));
        var seven = await catalog.Write(session => session.AddVersion("table", "d", "aa", number: 7));
        var sevenAgain = await catalog.Write(session => session.AddVersion("table", "d", "cc", number: 7));
        var sameContent = await catalog.Write(session => session.AddVersion("table", "d", "aa", number: 8));

        Assert.Equal((1, 2, 1, 7), (first.Number, second.Number, elsewhere.Number, seven.Number));
        Assert.Equal(first, again);
        Assert.Equal(seven, sevenAgain);
        Assert.Equal(8, sameContent.Number);
    }

    [Fact]
    public async Task The_newest_version_of_each_thing_is_listed_but_not_files_and_objects()
    {
        var lineage = await Site();

        Assert.Equal(
            ["dataset:training@v1", "model:popularity@v2", "table:photos@v3", "table:training@v1"],
            (await lineage.NewestAsync(TestContext.Current.CancellationToken)).Select(version => version.Label));
    }

    [Fact]
    public async Task A_ref_leads_to_its_version_or_to_nothing()
    {
        var lineage = await Site();
        var token = TestContext.Current.CancellationToken;

        Assert.Equal(2, (await lineage.RefAsync("table", "photos", "checked", token))!.Number);
        Assert.Null(await lineage.RefAsync("table", "photos", "production", token));
        Assert.Null(await lineage.RefAsync("model", "photos", "checked", token));
    }

    async Task<LineageGraph> Site()
    {
        var catalog = Open(new CountingClock());
        var photos = new List<ThingVersion>();
        foreach (var hash in new[] { "aaaa0000bb", "bbbb", "aaaa0000cc" })
            photos.Add(await catalog.Write(session => session.AddVersion("table", "photos", hash)));
        Assert.All(photos, version => Assert.True(version.CreatedAt > FirstWrite));
        await catalog.Write(session =>
        {
            session.AddVersion("table", "training", "01");
            session.AddVersion("dataset", "training", "02");
            session.AddVersion("file", "logs/a@b.gz", "03");
            session.AddVersion("object", "photos/1.jpg", "04");
            var model = session.AddVersion("model", "popularity", "05");
            session.AddVersion("model", "popularity", "06");
            LineageLog.MoveRef(session, "model", "popularity", "production", null, model.Id);
            LineageLog.MoveRef(session, "table", "photos", "raw", null, photos[0].Id);
            LineageLog.MoveRef(session, "table", "photos", "checked", null, photos[1].Id);
            return 0;
        });
        return new LineageGraph(catalog);
    }

    static Task<ThingVersion> Resolve(LineageGraph lineage, string name) =>
        lineage.ResolveAsync(ThingName.Parse(name), TestContext.Current.CancellationToken);

    static Task<MillraceException> Refused(LineageGraph lineage, string name) =>
        Assert.ThrowsAsync<MillraceException>(() => Resolve(lineage, name));

    public sealed class OnSqlite() : LineageResolveTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : LineageResolveTests(postgres);
}
