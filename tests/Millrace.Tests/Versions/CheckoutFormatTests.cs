using System.Text;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Versions;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Files;
using Millrace.Versions.Urls;

namespace Millrace.Tests.VersionsRoom;

/// <summary>What a checkout remembers is written and read as version 1 says, so that a newer Millrace goes on where an
/// older one was.</summary>
public sealed class CheckoutFormatTests : IDisposable
{
    const string TreeText = "dc9c5edb8b2d479e697b4b0b8ab874f32b325138598ce9e7b759eb8292110622";
    const string CommitText = "9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098";
    const string HelloText = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_index_of_version_1_is_read()
    {
        File.WriteAllBytes(_scratch["index"], FormatFixture.Read("index-v1.hex"));

        var read = FileIndex.Load(_scratch["index"]);

        Assert.Equal(Hash("tree"), read.Tree);
        Assert.Equal(4, read.FileCount);
        Assert.Equal(Lines(Index()), Lines(read));
        Assert.Equal(13ul, read.Find("\ufffd/deep/é")!.Value.Inode);
    }

    [Fact]
    public void An_index_of_version_1_is_written_to_the_byte()
    {
        Index().Save(_scratch["index"]);

        FormatFixture.Verify("index-v1.hex", File.ReadAllBytes(_scratch["index"]));
    }

    [Theory]
    [InlineData("side/one", "ref: side/one\n")]
    [InlineData(null, CommitText + "\n")]
    public void HEAD_is_written_and_read_to_the_byte(string? branch, string text)
    {
        var head = new HeadState(branch, branch is null ? Hash("commit") : null);
        var state = new CheckoutState(_scratch.Path);

        state.WriteHead(head);

        Assert.Equal(text, File.ReadAllText(_scratch["HEAD"]));
        Assert.Equal(head, state.ReadHead());
    }

    [Fact]
    public void MERGE_is_written_and_read_to_the_byte()
    {
        const string Text = "{\"theirs\":\"" + CommitText + "\",\"name\":\"side\",\"message\":\"Merge two\\n\","
            + "\"conflicts\":[\"a\",\"b/c\"],\"added\":[\"a.THEIRS~side\"]}";
        var state = new CheckoutState(_scratch.Path);

        state.WriteMerge(new MergeState(CommitText, "side", "Merge two\n", ["a", "b/c"], ["a.THEIRS~side"]));

        Assert.Equal(Text, File.ReadAllText(_scratch["MERGE"]));
        var read = state.ReadMerge()!;
        Assert.Equal((CommitText, "side", "Merge two\n"), (read.Theirs, read.Name, read.Message));
        Assert.Equal(["a", "b/c"], read.Conflicts);
        Assert.Equal(["a.THEIRS~side"], read.Added);
    }

    [Theory]
    [InlineData("main", "{\"branch\":\"main\",\"commit\":\"" + CommitText + "\",")]
    [InlineData(null, "{\"branch\":null,\"commit\":\"" + CommitText + "\",")]
    public void CHECKOUT_is_written_and_read_to_the_byte(string? branch, string beginning)
    {
        var journal = new CheckoutJournal(branch, CommitText, TreeText, 1_772_366_400_000_000);
        var state = new CheckoutState(_scratch.Path);

        state.WriteJournal(journal);

        Assert.Equal(
            beginning + "\"tree\":\"" + TreeText + "\",\"beganAt\":1772366400000000}",
            File.ReadAllText(_scratch["CHECKOUT"]));
        Assert.Equal(journal, state.ReadJournal());
    }

    [Fact]
    public void SPARSE_and_PARTIAL_are_written_and_read_to_the_byte()
    {
        var state = new CheckoutState(_scratch.Path);

        state.WriteSparse(new SparsePaths(["photos/2026", "\U0001F600", "\ufffd", "photos/2026"]));
        state.IsPartial = true;

        Assert.Equal("photos/2026\0\ufffd\0\U0001F600\0", File.ReadAllText(_scratch["SPARSE"]));
        Assert.Equal(["photos/2026", "\ufffd", "\U0001F600"], state.ReadSparse()!.Paths);
        Assert.Empty(File.ReadAllBytes(_scratch["PARTIAL"]));
        Assert.True(new CheckoutState(_scratch.Path).IsPartial);
    }

    [Fact]
    public void The_cache_of_pointers_is_written_and_read_to_the_byte()
    {
        var known = new Dictionary<string, ContentHash> { ["photos"] = Hash("hello"), ["data/rows"] = Hash("commit") };

        PointerCache.Write(_scratch.Path, Hash("tree"), known);

        Assert.Equal(
            $"millrace-pointers 1 {TreeText}\0data/rows\0{CommitText}\0photos\0{HelloText}\0",
            File.ReadAllText(_scratch["pointers"]));
        Assert.Equal(known.OrderBy(item => item.Key), PointerCache.TryRead(_scratch.Path, Hash("tree"))!
            .OrderBy(item => item.Key));
        Assert.Null(PointerCache.TryRead(_scratch.Path, Hash("another")));
    }

    [Fact]
    public void The_cache_of_the_head_is_written_and_read_to_the_byte()
    {
        // It lies two folders below the workspace's settings.
        var folder = Directory.CreateDirectory(_scratch[".millrace/versions"]).FullName;

        new HeadCache("main", CommitText, TreeText, "1:2:3:4").Write(folder);

        Assert.Equal(
            $"1:2:3:4\nmain\n{CommitText}\n{TreeText}\n", File.ReadAllText(Path.Join(folder, "head-cache")));
        Assert.Equal(Hash("tree"), HeadCache.KnownTree(folder, Hash("commit")));
    }

    [Fact]
    public async Task What_was_brought_in_is_remembered_to_the_byte()
    {
        const string Text = "{\"path\":\"data/labels.csv\",\"url\":\"s3://lab/labels.csv\",\"tag\":\"5d41\","
            + "\"lastModified\":null,\"version\":null,\"hash\":\"" + HelloText + "\",\"sizeBytes\":5,"
            + "\"importedAt\":\"2026-03-15T00:00:00+00:00\"}";
        await using var checkout = await TestCheckout.MakeAsync();
        var file = Path.Join(
            checkout.Folder, ".millrace/versions/sources/77ea7f9898e75e17b4e337b00b7dfafc.json");
        var import = new UrlImport(checkout.Versions, null, new SetClock());

        await import.TakeAsync(
            "s3://lab/labels.csv", "data/labels.csv", checkout.Workspace.Objects.Put("hello"u8), "5d41",
            new UrlImportOptions(), Cancel);

        Assert.Equal(Text, await File.ReadAllTextAsync(file, Cancel));
        Assert.Equal(
            new UrlImportRecord(
                "data/labels.csv", "s3://lab/labels.csv", "5d41", null, null, HelloText, 5,
                new SetClock().GetUtcNow()),
            import.Read("data/labels.csv"));
    }

    static FileIndex Index()
    {
        var root = new IndexFolderBuilder("", 2);
        root.Add("a.txt"u8, Record("a", 1, 11, 1_772_366_400_000_000_000, TreeEntryKind.File));
        var uncertain = Record("run", 7, 12, 1_772_366_400_000_000_002, TreeEntryKind.Executable);
        uncertain.Flags = IndexRecord.UncertainFlag;
        root.Add("run.sh"u8, uncertain);
        var deep = new IndexFolderBuilder("\ufffd/deep", 1);
        deep.Add("é"u8, Record("e", 1L << 40, 13, -1, TreeEntryKind.Link));
        var last = new IndexFolderBuilder("\U0001F600", 4);
        last.Add("z"u8, Record("z", 2, (1UL << 63) + 5, 5, TreeEntryKind.File));
        return new FileIndex(
            new IndexFolder[] { last.Build(), root.Build(), deep.Build() }.ToDictionary(folder => folder.Path),
            Hash("tree"));
    }

    /// <summary>A file that changed a nanosecond after it was written.</summary>
    static IndexRecord Record(string content, long size, ulong inode, long modifiedAt, TreeEntryKind kind) => new()
    {
        Hash = Hash(content),
        SizeBytes = size,
        Inode = inode,
        ModifiedAt = modifiedAt,
        ChangedAt = modifiedAt + 1,
        Kind = kind,
    };

    static List<string> Lines(FileIndex index) =>
    [
        .. from folder in index.Folders.Values
        orderby folder.Path
        from i in Enumerable.Range(0, folder.Records.Length)
        let record = folder.Records[i]
        select $"{folder.PathOf(i)} {record.Hash} {record.SizeBytes} {record.Inode} {record.ModifiedAt} "
            + $"{record.ChangedAt} {record.Kind} {record.Flags}",
    ];

    static ContentHash Hash(string text) => ContentHash.Of(Encoding.UTF8.GetBytes(text));
}
