using System.Text;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions.Lfs;

namespace Millrace.Tests.VersionsRoom;

public sealed class LfsPointerTests
{
    const string Oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    const string Canonical = $"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\nsize 12345\n";

    [Fact]
    public void A_pointer_comes_back_byte_for_byte()
    {
        Assert.True(LfsPointer.TryParse(Encoding.UTF8.GetBytes(Canonical), out var pointer, out var isCanonical));

        Assert.True(isCanonical);
        Assert.Equal(Oid, pointer.Oid.ToString());
        Assert.Equal(12345, pointer.SizeBytes);
        Assert.Equal(Canonical, Encoding.UTF8.GetString(pointer.ToBytes()));
    }

    [Theory]
    [InlineData($"version https://hawser.github.com/spec/v1\noid sha256:{Oid}\nsize 12345\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\r\noid sha256:{Oid}\r\nsize 12345\r\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\nsize 12345")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\nsize 12345\noid sha256:{Oid}\n")]
    public void What_can_only_be_a_pointer_is_read_and_written_in_the_one_way(string text)
    {
        Assert.True(LfsPointer.TryParse(Encoding.UTF8.GetBytes(text), out var pointer, out var isCanonical));

        Assert.False(isCanonical);
        Assert.Equal(Canonical, Encoding.UTF8.GetString(pointer.ToBytes()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("version https://git-lfs.github.com/spec/v2\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid md5:{Oid}\nsize 1\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\nsize -1\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\nsize 99999999999999999999\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\nsize 1\nsize 2\n")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:../../etc/passwd\nsize 1\n")]
    [InlineData($"version https://git-lfs.github.com/spec/v1\noid sha256:{Oid}\nsize 1\n\n\nKEY x\n")]
    public void What_is_no_pointer_is_content(string text) =>
        Assert.False(LfsPointer.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void A_long_file_is_content() => Assert.False(LfsPointer.TryParse(
        Encoding.UTF8.GetBytes(Canonical + $"x {new string('a', 1024)}\n"), out _, out _));

    [Fact]
    public void Keys_that_are_not_known_stay()
    {
        var text = $"version https://git-lfs.github.com/spec/v1\next-0-foo sha256:{Oid}\noid sha256:{Oid}\nsize 1\n"
            + "x-later 7\n";

        Assert.True(LfsPointer.TryParse(Encoding.UTF8.GetBytes(text), out var pointer, out var isCanonical));

        Assert.True(isCanonical);
        Assert.Equal(["ext-0-foo", "x-later"], pointer.Others.Select(other => other.Key));
    }

    [Fact]
    public async Task Git_lfs_writes_the_same_pointer()
    {
        using var scratch = new ScratchFolder();
        var bytes = Encoding.UTF8.GetBytes("some content");
        await File.WriteAllBytesAsync(scratch["a"], bytes, TestContext.Current.CancellationToken);

        var expected = await Git.RunAsync(scratch.Path, ["lfs", "pointer", "--file=a"]);

        Assert.Equal(
            expected, Encoding.UTF8.GetString(LfsPointer.Create(ContentHash.Of(bytes), bytes.Length).ToBytes()));
    }
}
