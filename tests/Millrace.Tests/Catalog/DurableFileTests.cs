using System.Text;
using CsCheck;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

public sealed class DurableFileTests : IDisposable
{
    const int NamesOfChild = 200;

    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_is_written_is_read_and_replaces_what_was_there()
    {
        var path = _scratch["file"];

        Gen.Byte.Array[0, 20_000].Sample(
            bytes =>
            {
                DurableFile.Write(path, bytes);
                Assert.Equal(bytes, File.ReadAllBytes(path));
            },
            iter: 30,
            threads: 1);

        Assert.Equal(["file"], _scratch.Names());
    }

    [Fact]
    public void A_stream_may_be_rewound_by_who_writes_it()
    {
        DurableFile.Write(_scratch["file"], stream =>
        {
            stream.Write("0000 rows"u8);
            stream.Position = 0;
            stream.Write("0042"u8);
        });

        Assert.Equal("0042 rows", File.ReadAllText(_scratch["file"]));
    }

    [Fact]
    public void A_writer_that_throws_changes_nothing_and_leaves_nothing()
    {
        DurableFile.Write(_scratch["file"], "old"u8);

        Assert.Throws<InvalidDataException>(() => DurableFile.Write(_scratch["file"], stream =>
        {
            stream.Write("new"u8);
            throw new InvalidDataException();
        }));

        Assert.Equal("old", File.ReadAllText(_scratch["file"]));
        Assert.Equal(["file"], _scratch.Names());
    }

    [Fact]
    public void A_folder_in_the_way_of_the_file_leaves_no_aside_file()
    {
        Directory.CreateDirectory(_scratch["taken"]);

        var error = Assert.Throws<MillraceException>(() => DurableFile.Write(_scratch["taken"], "x"u8));

        Assert.Equal("write-failed", error.Code);
        Assert.Equal(["taken"], _scratch.Names());
    }

    [Fact]
    public void A_full_disk_is_named_and_the_old_file_stays()
    {
        using var disk = new TinyDisk();
        var path = Path.Join(disk.Path, "file");
        DurableFile.Write(path, "old"u8);
        var large = new byte[2 << 20];

        var errors = new[]
        {
            Assert.Throws<MillraceException>(() => DurableFile.Write(path, large)),
            Assert.Throws<MillraceException>(() => DurableFile.Write(path, stream => stream.Write(large))),
            Assert.Throws<MillraceException>(() => DurableFile.TryPut(Path.Join(disk.Path, "other"), large)),
        };

        Assert.All(errors, error => Assert.Equal("disk-full", error.Code));
        Assert.All(errors, error => Assert.Equal(ErrorKind.Unavailable, error.Kind));
        Assert.Contains($"'{disk.Path}'", errors[0].Message);
        Assert.Contains("'file'", errors[0].Message);
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(disk.Path));
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void Of_many_threads_that_put_one_name_exactly_one_wins()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = _scratch[$"{round:D20}.json"];
            var won = new bool[8];
            Parallel.For(0, won.Length, i => won[i] = DurableFile.TryPut(path, Encoding.UTF8.GetBytes($"writer {i}")));

            var winner = Assert.Single(Enumerable.Range(0, won.Length), i => won[i]);
            Assert.Equal($"writer {winner}", File.ReadAllText(path));
        }
        Assert.Equal(20, _scratch.Names().Length);
    }

    [Fact]
    public async Task Of_many_processes_that_put_one_name_exactly_one_wins()
    {
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            ChildTest.RunAsync(typeof(DurableFileTests), nameof(Child_puts_the_names), _scratch.Path)));

        var wins = _scratch.Names().Where(name => name.StartsWith("wins-", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, wins.Count);
        Assert.Equal(
            Enumerable.Range(0, NamesOfChild).Select(i => $"{i:D4}"),
            wins.SelectMany(name => File.ReadAllLines(_scratch[name])).Order());
    }

    [Fact(Explicit = true)]
    public void Child_puts_the_names()
    {
        var wins = Enumerable.Range(0, NamesOfChild)
            .Select(i => $"{i:D4}")
            .Where(name => DurableFile.TryPut(Path.Join(ChildTest.Folder, name), "x"u8))
            .ToList();
        File.WriteAllLines(Path.Join(ChildTest.Folder, $"wins-{Environment.ProcessId}"), wins);
    }

    [Fact]
    public async Task A_failed_fsync_is_reported_and_no_later_write_is_acknowledged()
    {
        var output = await ChildTest.RunAsync(
            typeof(DurableFileTests),
            nameof(Child_writes_twice_on_one_thread),
            _scratch.Path,
            "fsync:error=EIO:when=1");

        Assert.True(File.Exists(_scratch["outcome"]), output);
        Assert.Equal(["fsync-failed", "fsync-failed"], File.ReadAllLines(_scratch["outcome"]));
        Assert.Equal(["outcome"], _scratch.Names());
    }

    [Fact(Explicit = true)]
    public void Child_writes_twice_on_one_thread()
    {
        var codes = new List<string>();
        foreach (var name in new[] { "first", "second" })
        {
            try
            {
                DurableFile.Write(Path.Join(ChildTest.Folder, name), "x"u8);
                codes.Add("written");
            }
            catch (MillraceException exception)
            {
                codes.Add(exception.Code);
            }
        }
        File.WriteAllLines(Path.Join(ChildTest.Folder, "outcome"), codes);
    }

    [Fact]
    public void A_link_to_a_name_that_is_taken_changes_nothing()
    {
        File.WriteAllText(_scratch["source"], "source");
        File.WriteAllText(_scratch["taken"], "taken");

        Assert.True(DurableFile.TryLink(_scratch["source"], _scratch["free"]));
        Assert.False(DurableFile.TryLink(_scratch["source"], _scratch["taken"]));

        Assert.Equal("source", File.ReadAllText(_scratch["free"]));
        Assert.Equal("taken", File.ReadAllText(_scratch["taken"]));
    }

    [Fact]
    public void A_file_is_published_into_a_folder_that_was_created_with_its_parents()
    {
        File.WriteAllText(_scratch["aside"], "content");

        DurableFile.CreateFolder(_scratch["a/b/c"]);
        DurableFile.CreateFolder(_scratch["a/b/c"]);
        DurableFile.Publish(_scratch["aside"], _scratch["a/b/c/file"]);

        Assert.Equal("content", File.ReadAllText(_scratch["a/b/c/file"]));
        Assert.Equal(["a"], _scratch.Names());
    }

    [Fact]
    public void A_file_in_the_way_of_a_folder_is_named()
    {
        File.WriteAllText(_scratch["file"], "");

        var error = Assert.Throws<MillraceException>(() => DurableFile.CreateFolder(_scratch["file/sub"]));

        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains("file", error.Message);
    }

    [Theory]
    [InlineData(28, "disk-full")]
    [InlineData(122, "disk-full")]
    [InlineData(30, "not-writable")]
    [InlineData(5, "write-failed")]
    public void An_error_number_that_dotnet_reports_becomes_ours(int number, string code)
    {
        var translated = DurableFile.Translate(new IOException("message", number), "/folder/name");

        Assert.Equal(code, Assert.IsType<MillraceException>(translated).Code);
    }

    [Fact]
    public void A_refused_write_is_not_writable_and_other_failures_stay_what_they_are()
    {
        var refused = DurableFile.Translate(new UnauthorizedAccessException(), "/folder/name");
        var other = new InvalidDataException();

        Assert.Equal("not-writable", Assert.IsType<MillraceException>(refused).Code);
        Assert.Same(other, DurableFile.Translate(other, "/folder/name"));
    }
}
