using System.Text;
using Microsoft.Data.Sqlite;
using Millrace.Access;
using Millrace.Buckets;
using Millrace.Buckets.Lfs;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tracking;
using Millrace.Versions;

namespace Millrace.Tests.CatalogRoom;

/// <summary>Catalogs of every released version are opened for ever. The fixture is what <c>.dump</c> of sqlite3 gives
/// of one of version 8 with a row or more in each table.</summary>
public sealed class CatalogFormatTests : IAsyncLifetime
{
    const int Version = 8;
    const string CommitId = "9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098";
    const string HelloId = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    const string HelloMd5 = "5d41402abc4b2a76b9719d911017c592";
    const string TableNames = "select name from sqlite_schema where type = 'table'";
    const string TaskRun = "0197000000007000800000000000000b";

    static readonly DateTimeOffset Time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    readonly ScratchFolder _scratch = new();
    SqliteCatalog _catalog = null!;
    ObjectStore _objects = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Load(_scratch["catalog.db"]);
        _catalog = SqliteCatalog.Open(_scratch["catalog.db"]);
        _objects = new ObjectStore(_scratch["objects"]);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _objects.Dispose();
        await _catalog.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_catalog_of_version_8_is_brought_to_the_newest_and_loses_no_row()
    {
        Load(_scratch["old.db"]);

        var newest = await CountsAsync(_catalog);

        Assert.Equal(Migration.All("sqlite")[^1].Number, _catalog.FormatVersion);
        foreach (var (table, count) in Counts(_scratch["old.db"]).Where(row => row.Table != "migration"))
        {
            Assert.True(count > 0 || table is "erasure_intent" or "lease" or "move_intent" or "publication_intent");
            Assert.Equal((table, count), (table, newest[table]));
        }
    }

    // A migration that was released is never changed: catalogs that it made would differ from new ones.
    [Fact]
    public async Task The_migrations_up_to_8_make_what_they_always_made()
    {
        Load(_scratch["old.db"]);
        var migrations = Migration.All("sqlite").Take(Version).ToList();
        await SqliteCatalog.Open(_scratch["new.db"], TimeProvider.System, migrations, busySeconds: 30).DisposeAsync();

        Assert.Equal(Schema(_scratch["old.db"]), Schema(_scratch["new.db"]));
    }

    [Fact]
    public void The_migrations_of_PostgreSQL_up_to_8_are_the_texts_they_were() => Assert.Equal(
        "82989f787fff08bde1502c1c877f3f4d9cf413f7397e953d5614a5961c686512",
        $"{ContentHash.Of(Encoding.UTF8.GetBytes(string.Concat(
            Migration.All("postgres").Take(Version).Select(migration => migration.Sql))))}");

    [Fact]
    public async Task Lineage_of_version_8_is_read()
    {
        var graph = new LineageGraph(_catalog);

        var model = (await graph.RefAsync("model", "clicks", "production", Cancel))!;
        var why = await graph.WhyAsync(model.Id, true, Cancel);
        var run = await graph.RunAsync(TaskRun, Cancel);

        Assert.Equal(("model:clicks@v1", Time.AddMicroseconds(3)), (model.Label, model.CreatedAt));
        Assert.Equal(["table:photos@v0"], why.Next.Select(node => node.Version.Label));
        Assert.Equal((RunOutcome.Failed, "It ran out of memory."), (run.Outcome, run.Message));
        var tracking = new RunTracking(_catalog);
        Assert.Equal("100", (await tracking.ParametersAsync(TaskRun, Cancel))["trees"]);
        Assert.Equal([0.5, 0.75], (await tracking.MetricsAsync(TaskRun, Cancel)).Select(metric => metric.Value));
    }

    [Fact]
    public async Task Refs_of_version_8_are_read()
    {
        var refs = new RefStore(_catalog);
        var commit = ContentHash.Parse(CommitId);

        Assert.Equal([new BranchEntry("main", commit, Time.AddMicroseconds(6))], await refs.BranchesAsync(Cancel));
        Assert.Equal(
            [new TagEntry("v1", commit, "The first", "Ann <ann@example.org>", Time.AddMicroseconds(7))],
            await refs.TagsAsync(Cancel));
        Assert.Equal(commit, Assert.Single(await refs.RemoteBranchesAsync(Cancel)).Commit);
        var imports = new ImportedTrees(_catalog, _objects);
        Assert.Equal("dvc", (await imports.FindAsync("legacy", Cancel))!.Origin);
        var attached = Assert.Single(await imports.AttachedAsync("legacy", Cancel));
        Assert.Equal(("data/raw.csv", HelloMd5, 5L), (attached.Path, attached.Digest.Hex, attached.SizeBytes));
    }

    [Fact]
    public async Task Buckets_of_version_8_are_read()
    {
        var buckets = new BucketStore(_catalog, _objects);

        var state = (await buckets.StateAsync("photos", Cancel))!;
        var version = (await buckets.FindObjectAsync("photos", "cats/one.jpg", null, Cancel))!;
        var marker = (await buckets.FindObjectAsync(
            "photos", "cats/one.jpg", "00000000000000010011223344556677", Cancel))!;
        var upload = Assert.Single((await buckets.ListUploadsAsync(
            "photos", new ListQuery(), Cancel)).Uploads);

        Assert.Equal(new Bucket(1, "photos", "team", Time, BucketVersioning.Enabled, true), state.Bucket);
        Assert.Equal("room=cats", state.Setting(BucketSettings.Tags));
        Assert.Equal(
            ("0000000000000002a1b2c3d4e5f60708", 11L, true), (version.VersionId, version.SizeBytes, version.IsLatest));
        Assert.Equal(new ObjectChecksum("CRC32", "DUoRhQ=="), version.Checksum);
        Assert.Equal(new ObjectLock("COMPLIANCE", Time.AddDays(1), true), version.Lock);
        Assert.Equal(("room=cats", "READ *\nFULL_CONTROL team"), (version.Tags, version.Acl));
        Assert.Equal("a \"b\"", version.Headers["x-amz-meta-camera"]);
        Assert.Equal([new BodyPart(ContentHash.Of("hello world"u8), 11)], version.Parts);
        Assert.True(marker is { IsMarker: true, Lock.Mode: null, Checksum: null });
        Assert.Equal(("cats/two.jpg", "CRC32C", false), (upload.Key, upload.ChecksumAlgorithm, upload.IsComposite));
        var part = Assert.Single(await buckets.ListPartsAsync("photos", upload.Key, upload.Id, 0, 10, Cancel));
        Assert.Equal((5_242_880, "yZRlqg=="), (part.SizeBytes, part.Checksum));
    }

    [Fact]
    public async Task Keys_locks_digests_and_tombstones_of_version_8_are_read()
    {
        var key = Assert.Single(await new AccessKeys(_catalog, _scratch["keys"]).ListAsync(Cancel));
        var lfs = new LfsStore(_catalog, _objects);
        var erased = new TombstoneLog(_catalog);

        Assert.Equal(("laptop", new Account("team", "The team", "team@example.com")), (key.Name, key.Account));
        Assert.Equal([new AccessGrant("photos*", AccessRight.Write)], key.Grants);
        Assert.Equal(5, await lfs.SizeAsync("team/photos", HelloId, Cancel));
        Assert.Equal(
            HelloMd5,
            (await new ObjectDigests(_catalog).OfAsync("md5", [ContentHash.Parse(HelloId)], Cancel)).Values.Single());
        Assert.True(erased.IsErased(ContentHash.Of("gone"u8)));
        var row = Assert.Single(await erased.ListAsync(Tombstone.RowKind, Cancel));
        byte[] salt = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        Assert.Equal(WorkspaceErasure.KeyDigest(salt, "1\tanna"), row.Hash);
        Assert.Equal(("people", null, "ann"), (row.Name, row.Reason, row.ErasedBy));
    }

    static void Load(string path)
    {
        // Rows come in the order of the tables' names, so a row may come before the one that it refers to.
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False;Foreign Keys=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = File.ReadAllText(FormatFixture.PathOf("catalog-v8.sql"));
        command.ExecuteNonQuery();
    }

    static List<string> Schema(string path) => Read(
        path,
        "select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_schema where name not like 'sqlite_stat%' "
        + "order by type, name",
        reader => reader.GetString(0));

    static List<(string Table, long Count)> Counts(string path) =>
    [
        .. from table in Read(path, TableNames, reader => reader.GetString(0))
        select (table, Read(path, $"select count(*) from {table}", reader => reader.GetInt64(0))[0]),
    ];

    static async Task<Dictionary<string, long>> CountsAsync(ICatalog catalog)
    {
        var tables = await catalog.ReadAsync(session => session.Query(TableNames, row => row.Text(0)), Cancel);
        var counts = new Dictionary<string, long>();
        foreach (var table in tables)
            counts[table] = await catalog.ReadAsync(session => session.Count($"select count(*) from {table}"), Cancel);
        return counts;
    }

    static List<T> Read<T>(string path, string sql, Func<SqliteDataReader, T> map)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(map(reader));
        return rows;
    }
}
