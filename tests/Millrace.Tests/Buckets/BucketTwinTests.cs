using System.Text;
using CsCheck;
using Millrace.Buckets;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.BucketsRoom;

public abstract class BucketTwinTests(SharedPostgres? postgres)
{
    static readonly string[] KeyPool = ["a", "a/", "a/b", "a/b/c", "a0", "b", "\uFFFC", "\U00010400", "\U0010FFFF/x"];

    static readonly Gen<string> Texts = Gen.OneOf("a", "b", "/", "//", "\u00e9", "\uE000", "\U0001F600", "z")
        .Array[1, 6].Select(string.Concat);

    static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Int[0, 9], Gen.OneOf(KeyPool), Gen.Int[0, 5],
        (kind, key, pick) => new Step(kind, key, pick)).Array[1, 40];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_with_versions_equals_its_twin_in_memory()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        var number = 0;
        await Steps.SampleAsync(
            async steps =>
            {
                var bucket = $"twin-{Interlocked.Increment(ref number)}";
                await folder.Store.CreateAsync(bucket, "", cancellationToken: Cancel);
                var twin = new BucketTwin();
                foreach (var step in steps)
                    await twin.Do(folder, bucket, step.Kind, step.Key, step.Pick);

                var page = await folder.Store.ListVersionsAsync(bucket, new ListQuery(), Cancel);

                Assert.Equal(
                    twin.All(), page.Versions.Select(version => (version.Key, version.VersionId, version.IsLatest,
                        version.IsMarker)));
                var keys = await folder.Store.ListAsync(bucket, new ListQuery(), Cancel);
                Assert.Equal(
                    twin.All().Where(version => version is (_, _, true, false)).Select(version => version.Key),
                    keys.Versions.Select(version => version.Key));
                foreach (var (key, id, _, isMarker) in twin.All())
                    Assert.Equal(isMarker ? null : twin.Text(key, id), await folder.Text(bucket, key, id, Cancel));
            },
            iter: Iterations(30), threads: 1);
    }

    [Fact]
    public async Task Pages_of_any_size_prefix_and_delimiter_list_what_brute_force_lists()
    {
        await using var folder = await BucketFolder.OpenAsync(postgres);
        var number = 0;
        await Gen.Select(
            Texts.Array[0, 40], Gen.OneOf(Gen.Const(""), Texts), Gen.OneOf("", "/", "b", "//"), Gen.Int[1, 7])
            .SampleAsync(
            async (keys, prefix, delimiter, max) =>
            {
                var bucket = $"list-{Interlocked.Increment(ref number)}";
                await folder.Store.CreateAsync(bucket, "", cancellationToken: Cancel);
                await Task.WhenAll(keys.Distinct().Select(key => folder.Put(bucket, key, "x", cancel: Cancel)));
                var expected = keys.Distinct().Order(Comparer<string>.Create(ByBytes))
                    .Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(key => Shown(key, prefix, delimiter)).Distinct().ToList();

                var (shown, versions) = (new List<string>(), new List<string>());
                var query = new ListQuery { Prefix = prefix, Delimiter = delimiter, Max = max };
                ObjectPage page;
                do
                {
                    page = await folder.Store.ListAsync(bucket, query, Cancel);
                    Assert.True(page.Versions.Count + page.CommonPrefixes.Count <= max);
                    shown.AddRange(page.Versions.Select(version => version.Key).Concat(page.CommonPrefixes));
                    query = query with { After = page.Next };
                }
                while (page.IsTruncated);
                query = query with { After = "" };
                do
                {
                    page = await folder.Store.ListVersionsAsync(bucket, query, Cancel);
                    versions.AddRange(page.Versions.Select(version => version.Key).Concat(page.CommonPrefixes));
                    query = query with { After = page.Next, AfterVersion = page.NextVersion };
                }
                while (page.IsTruncated);

                Assert.Equal(expected, shown.Order(Comparer<string>.Create(ByBytes)));
                Assert.Equal(expected, versions.Order(Comparer<string>.Create(ByBytes)));
            },
            iter: Iterations(60), threads: 1);
    }

    /// <summary>A server waits for the disk with every write.</summary>
    int Iterations(int onSqlite) => postgres is null ? onSqlite : onSqlite / 5;

    static string Shown(string key, string prefix, string delimiter)
    {
        var at = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return at < 0 ? key : key[..(at + delimiter.Length)];
    }

    static int ByBytes(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    sealed record Step(int Kind, string Key, int Pick);

    public sealed class OnSqlite() : BucketTwinTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : BucketTwinTests(postgres);
}
