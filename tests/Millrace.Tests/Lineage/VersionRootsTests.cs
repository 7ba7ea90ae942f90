using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.LineageRoom;

public sealed class VersionRootsTests
{
    [Fact]
    public async Task Objects_that_versions_name_are_roots_and_say_who_names_them()
    {
        await using CatalogPlace place = new SqlitePlace();
        await using var catalog = place.Open();
        var model = ContentHash.Of("model"u8);
        var dataset = ContentHash.Of("dataset"u8);
        var photo = ContentHash.Of("photo"u8);
        await catalog.Write(session =>
        {
            Add("model", "popularity", $$"""{"url":"{{ObjectUrl.Format(model)}}"}""");
            Add("model", "other", $$"""{"url":"{{ObjectUrl.Format(model)}}"}""");
            Add("dataset", "training", $$"""{"rows":7,"url":"{{ObjectUrl.Format(dataset)}}"}""");
            Add("dataset", "elsewhere", """{"url":"https://example.org/data"}""");
            Add("dataset", "numbered", """{"url":7}""");
            Add("dataset", "bare", "{}");
            Add("table", "photos", $$"""{"url":"{{ObjectUrl.Format(photo)}}"}""");
            LineageLog.AddVersion(session, "object", "1.jpg", null, photo.ToString(), null, "{}");
            return 0;

            void Add(string kind, string name, string summary) =>
                LineageLog.AddVersion(session, kind, name, null, new string('a', 64), null, summary);
        });

        var roots = new List<ObjectRoot>();
        await foreach (var root in new VersionRoots(catalog).RootsAsync(TestContext.Current.CancellationToken))
            roots.Add(root);

        Assert.Equal(
            [
                new ObjectRoot(model, "model:popularity@v1"),
                new ObjectRoot(model, "model:other@v1"),
                new ObjectRoot(dataset, "dataset:training@v1"),
                new ObjectRoot(photo, "object:1.jpg@v1"),
            ],
            roots);
    }
}
