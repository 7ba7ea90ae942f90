using System.Text;
using Millrace.Features;
using Millrace.Objects;

namespace Millrace.Tests.FeaturesRoom;

public sealed class ChecksumTests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void XxHash64_gives_the_published_values(string text, ulong expected)
    {
        Assert.Equal(expected, XxHash64.Compute(Encoding.ASCII.GetBytes(text)));
    }

    [Theory]
    [InlineData("", 0x00000000)]
    [InlineData("123456789", 0xE3069283)]
    public void Crc32C_gives_the_published_values(string text, uint expected)
    {
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));
    }

    [Fact]
    public void Crc32C_of_a_place_is_that_of_the_places_bytes_before_the_text()
    {
        var bytes = Encoding.ASCII.GetBytes("\u0001\u0002\0\0\0\0\0\0text");

        Assert.Equal(Crc32C.Compute(bytes), Crc32C.Compute(0x0201, bytes.AsSpan(8)));
    }
}
