using System.Security.Cryptography;
using CsCheck;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class ContentHashTests
{
    const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    static readonly Gen<ContentHash> Hashes = Gen.Byte.Array[ContentHash.Size].Select(bytes => new ContentHash(bytes));

    [Fact]
    public void It_is_the_sha256_of_the_standard()
    {
        Assert.Equal(OfAbc, ContentHash.Of("abc"u8).ToString());
        Assert.Equal("ba7816bf", ContentHash.Of("abc"u8).Short);
    }

    [Fact]
    public void Text_and_bytes_come_back_as_the_same_hash() => Hashes.Sample(hash =>
    {
        Span<byte> bytes = stackalloc byte[ContentHash.Size];
        hash.CopyTo(bytes);

        Assert.Equal(hash, new ContentHash(bytes));
        Assert.Equal(hash, ContentHash.Parse(hash.ToString()));
        Assert.True(ObjectUrl.TryParse(ObjectUrl.Format(hash), out var fromUrl));
        Assert.Equal(hash, fromUrl);
    });

    [Fact]
    public void Hashes_are_ordered_as_their_texts() => Gen.Select(Hashes, Hashes).Sample((left, right) =>
    {
        var order = Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString()));

        Assert.Equal(order, Math.Sign(left.CompareTo(right)));
        Assert.Equal(order < 0, left < right);
        Assert.Equal(order >= 0, left >= right);
    });

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(OfAbc + "0")]
    [InlineData(" " + OfAbc)]
    public void Any_other_spelling_is_refused(string text)
    {
        Assert.False(ContentHash.TryParse(text, out _));
        Assert.False(ObjectUrl.TryParse($"object:{text}", out _));
        Assert.Equal("hash-invalid", Assert.Throws<MillraceException>(() => ContentHash.Parse(text)).Code);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(OfAbc)]
    [InlineData("Object:" + OfAbc)]
    [InlineData("s3:" + OfAbc)]
    public void A_url_needs_its_scheme(string? url) => Assert.False(ObjectUrl.TryParse(url, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task A_file_has_the_hash_of_its_bytes(int size)
    {
        using var scratch = new ScratchFolder();
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        await File.WriteAllBytesAsync(scratch["file"], bytes, TestContext.Current.CancellationToken);

        var hash = await ContentHash.OfFileAsync(scratch["file"], TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), hash.ToString());
    }
}
