using System.Text;
using CsCheck;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.BesideGit;

namespace Millrace.Tests.VersionsRoom;

public sealed class PointerTests
{
    const string Good = "millrace 1\npath data\nkind folder\nhash sha256:"
        + "bcaba98fc960cb57dd3787ddfc1fd3f7364172d3c5eec389863ba85387eb549c\nsize 4\nfiles 2\n";

    [Fact]
    public void A_pointer_is_the_text_that_its_page_draws()
    {
        var pointer = Pointer.Parse(Encoding.UTF8.GetBytes(Good), "x/data.millrace");

        Assert.Equal(("data", TreeEntryKind.Folder, 4L, 2L),
            (pointer.Name, pointer.Kind, pointer.SizeBytes, pointer.FileCount));
        Assert.Equal(Good, Encoding.UTF8.GetString(pointer.ToBytes()));
    }

    [Fact]
    public void Every_name_of_a_file_comes_back()
    {
        var name = Gen.String[Gen.Char["ab \n\t\\xé\"'*[]#!\u007f漢"], 1, 20].Where(
            text => text is not ("." or "..") && text.Trim('\0').Length > 0);
        Gen.Select(name, Gen.Long[0, long.MaxValue], Gen.Bool).Sample((text, size, isFolder) =>
        {
            var pointer = new Pointer(
                text, isFolder ? TreeEntryKind.Folder : TreeEntryKind.Executable, ContentHash.Of("x"u8), size,
                isFolder ? size / 2 : 1);
            return Pointer.Parse(pointer.ToBytes(), text + Pointer.Suffix) == pointer;
        });
    }

    [Theory]
    [InlineData("", "pointer-damaged")]
    [InlineData("millrace 2\nanything", "pointer-newer")]
    [InlineData("millrace 99999999999\n", "pointer-damaged")]
    [InlineData("<<<<<<< ours\n", "pointer-conflict")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "pointer-damaged")]
    public void What_is_no_pointer_is_refused_with_a_code(string text, string code) =>
        Assert.Equal(code, Refused(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("\n", "\r\n")]
    [InlineData("path data", "path ../data")]
    [InlineData("path data", "path ..")]
    [InlineData("path data", "path .git")]
    [InlineData("path data", "path \\x2fdata")]
    [InlineData("path data", "path d\\x61ta")]
    [InlineData("path data", "path data\\x0")]
    [InlineData("path data", "path data.millrace")]
    [InlineData("kind folder", "kind link")]
    [InlineData("kind folder", "kind file")]
    [InlineData("sha256:", "md5:")]
    [InlineData("sha256:bc", "sha256:BC")]
    [InlineData("sha256:bc", "sha256:b")]
    [InlineData("size 4", "size -4")]
    [InlineData("size 4", "size 04")]
    [InlineData("size 4", "size +4")]
    [InlineData("size 4", "size 99999999999999999999")]
    [InlineData("files 2\n", "files 2")]
    [InlineData("files 2\n", "files 2\n\n")]
    [InlineData("files 2\n", "files 2\nmore 1\n")]
    [InlineData("millrace 1", "\ufeffmillrace 1")]
    public void A_text_that_is_nearly_a_pointer_is_damaged(string good, string bad) =>
        Assert.Equal("pointer-damaged", Refused(Encoding.UTF8.GetBytes(
            Good.Replace(good, bad, StringComparison.Ordinal))));

    [Fact]
    public void Any_bytes_give_a_pointer_or_an_error_with_a_code() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var mixed = Encoding.UTF8.GetBytes(Good);
        for (var i = 0; i + 1 < bytes.Length && i < 6; i += 2)
            mixed[(bytes[i] * 7) % mixed.Length] = bytes[i + 1];
        foreach (var text in new[] { bytes, mixed })
        {
            try
            {
                if (!Pointer.ParseAny(text, "data.millrace").ToBytes().AsSpan().SequenceEqual(text))
                    return false;
            }
            catch (MillraceException exception) when (exception.Code.StartsWith("pointer-", StringComparison.Ordinal))
            {
                // That is expected of most.
            }
        }

        return true;
    });

    [Fact]
    public void A_large_file_is_no_pointer() => Assert.Equal("pointer-damaged", Refused(new byte[1 << 20]));

    [Fact]
    public void A_pointer_under_another_name_says_so()
    {
        var exception = Assert.Throws<MillraceException>(
            () => Pointer.Parse(Encoding.UTF8.GetBytes(Good), "x/other.millrace"));

        Assert.Equal("pointer-misnamed", exception.Code);
    }

    static string Refused(byte[] bytes) =>
        Assert.Throws<MillraceException>(() => Pointer.Parse(bytes, "data.millrace")).Code;
}
