using Millrace.Objects.Backends;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What every backend must do; a class for each kind opens one of its own.</summary>
public abstract class BackendContract : IDisposable
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An empty backend, disposed by the test.</summary>
    private protected abstract IObjectBackend Open();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((8 << 20) + 5)]
    [InlineData((16 << 20) + 5)]
    public async Task What_is_put_is_read_whole_and_in_parts(int size)
    {
        using var backend = Open();
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);

        await backend.PutAsync("packs/a.pack", new MemoryStream(bytes), size, Cancel);

        Assert.Equal(bytes, (await backend.ReadAsync("packs/a.pack", Cancel))!.Bytes);
        var part = new byte[7];
        var count = await backend.ReadAsync("packs/a.pack", size / 2, part, Cancel);
        Assert.Equal(bytes.Skip(size / 2).Take(7), part.Take(count));
        Assert.Equal(0, await backend.ReadAsync("packs/a.pack", size, part, Cancel));
        Assert.Equal(0, await backend.ReadAsync("packs/a.pack", size + 10, part, Cancel));
    }

    [Fact]
    public async Task Names_are_listed_by_prefix_in_order()
    {
        using var backend = Open();
        string[] names = ["refs/heads/main", "packs/b.idx", "packs/a.pack", "refs/heads/feature/x y", "packsish"];
        foreach (var name in names)
            await backend.TryPutAsync(name, new byte[name.Length], Cancel);

        async Task<string[]> ListAsync(string prefix) =>
            [.. await backend.ListAsync(prefix, Cancel).Select(entry => $"{entry.Name} {entry.SizeBytes}")
                .ToListAsync(Cancel)];

        Assert.Equal(["packs/a.pack 12", "packs/b.idx 11"], await ListAsync("packs/"));
        Assert.Equal(["refs/heads/feature/x y 22", "refs/heads/main 15"], await ListAsync("refs/heads/"));
        Assert.Equal(["refs/heads/main 15"], await ListAsync("refs/heads/m"));
        Assert.Equal(5, (await ListAsync("")).Length);
        Assert.Empty(await ListAsync("nothing/"));
    }

    [Fact]
    public async Task A_name_that_is_not_there_is_null_or_an_error()
    {
        using var backend = Open();

        Assert.Null(await backend.ReadAsync("refs/none", Cancel));
        var error = await Assert.ThrowsAsync<MillraceException>(
            () => backend.ReadAsync("refs/none", 0, new byte[1], Cancel));
        Assert.Equal("remote-file-missing", error.Code);
        await backend.DeleteAsync("refs/none", Cancel);
    }

    [Fact]
    public async Task Of_many_writers_one_puts_first()
    {
        using var backend = Open();

        var won = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => backend.TryPutAsync("refs/one", new[] { (byte)i }, Cancel)));

        var winner = Assert.Single(Enumerable.Range(0, 8), i => won[i]);
        Assert.Equal([(byte)winner], (await backend.ReadAsync("refs/one", Cancel))!.Bytes);
    }

    [Fact]
    public async Task A_replacement_needs_the_content_that_it_expects()
    {
        using var backend = Open();
        await backend.TryPutAsync("refs/main", "first"u8.ToArray(), Cancel);
        var first = await backend.ReadAsync("refs/main", Cancel);

        Assert.True(await backend.TryReplaceAsync("refs/main", "second"u8.ToArray(), first!.Tag, Cancel));
        Assert.False(await backend.TryReplaceAsync("refs/main", "third"u8.ToArray(), first.Tag, Cancel));
        Assert.False(await backend.TryReplaceAsync("refs/other", "third"u8.ToArray(), first.Tag, Cancel));
        Assert.Equal("second"u8.ToArray(), (await backend.ReadAsync("refs/main", Cancel))!.Bytes);
        Assert.Null(await backend.ReadAsync("refs/other", Cancel));
    }

    [Fact]
    public async Task Of_many_replacements_of_one_content_one_wins()
    {
        using var backend = Open();
        await backend.TryPutAsync("refs/main", "first"u8.ToArray(), Cancel);
        var tag = (await backend.ReadAsync("refs/main", Cancel))!.Tag;

        var won = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => backend.TryReplaceAsync("refs/main", new[] { (byte)i }, tag, Cancel)));

        Assert.Single(won, isWon => isWon);
    }

    [Fact]
    public async Task A_conditional_delete_needs_the_content_that_it_expects()
    {
        using var backend = Open();
        await backend.TryPutAsync("refs/heads/a/b", "first"u8.ToArray(), Cancel);
        var first = await backend.ReadAsync("refs/heads/a/b", Cancel);
        await backend.TryReplaceAsync("refs/heads/a/b", "second"u8.ToArray(), first!.Tag, Cancel);
        var second = await backend.ReadAsync("refs/heads/a/b", Cancel);

        Assert.False(await backend.TryDeleteAsync("refs/heads/a/b", first.Tag, Cancel));
        Assert.NotNull(await backend.ReadAsync("refs/heads/a/b", Cancel));
        Assert.True(await backend.TryDeleteAsync("refs/heads/a/b", second!.Tag, Cancel));
        Assert.False(await backend.TryDeleteAsync("refs/heads/a/b", second.Tag, Cancel));
        // The name of what was a folder is free.
        Assert.True(await backend.TryPutAsync("refs/heads/a", "third"u8.ToArray(), Cancel));
    }

    [Fact]
    public async Task What_is_deleted_is_gone()
    {
        using var backend = Open();
        await backend.TryPutAsync("packs/a.idx", "x"u8.ToArray(), Cancel);

        await backend.DeleteAsync("packs/a.idx", Cancel);

        Assert.Null(await backend.ReadAsync("packs/a.idx", Cancel));
        Assert.True(await backend.TryPutAsync("packs/a.idx", "y"u8.ToArray(), Cancel));
    }

    [Fact]
    public async Task Content_of_another_length_leaves_nothing()
    {
        using var backend = Open();

        foreach (var (has, says) in new[] { (5, 6), (6, 5), (9 << 20, 10 << 20) })
        {
            var error = await Assert.ThrowsAsync<MillraceException>(
                () => backend.PutAsync("packs/a.pack", new MemoryStream(new byte[has]), says, Cancel));
            Assert.Equal("remote-length-wrong", error.Code);
        }

        Assert.Null(await backend.ReadAsync("packs/a.pack", Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("packs/../../outside")]
    [InlineData("packs//a")]
    [InlineData("packs/./a")]
    [InlineData("packs/")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("packs/.tmp-x")]
    public async Task A_name_that_could_lead_elsewhere_is_refused(string name)
    {
        using var backend = Open();

        foreach (var call in new Func<Task>[]
        {
            () => backend.ReadAsync(name, Cancel),
            () => backend.ReadAsync(name, 0, new byte[1], Cancel),
            () => backend.PutAsync(name, new MemoryStream(), 0, Cancel),
            () => backend.TryPutAsync(name, default, Cancel),
            () => backend.TryReplaceAsync(name, default, "tag", Cancel),
            () => backend.DeleteAsync(name, Cancel),
        })
        {
            Assert.Equal("remote-name-invalid", (await Assert.ThrowsAsync<MillraceException>(call)).Code);
        }
    }
}
