using System.IO.Hashing;
using CsCheck;
using Millrace.Objects.Packs;

namespace Millrace.Tests.ObjectsRoom;

public sealed class FoldedCrc32Tests
{
    [Fact]
    public void Every_length_up_to_some_thousand_has_the_checksum_of_the_standard()
    {
        var bytes = Noise.Of(3000, 1);

        for (var length = 0; length <= bytes.Length - 16; length++)
        {
            var part = bytes.AsSpan(length % 16, length);
            Assert.Equal(Crc32.HashToUInt32(part), FoldedCrc32.Of(part));
        }
    }

    [Fact]
    public void Any_bytes_have_the_checksum_of_the_standard() =>
        Gen.Select(Gen.Int[0, 200_000], Gen.Int[0, 1000], Gen.Bool).Sample(
            (length, seed, isZero) =>
            {
                var bytes = isZero ? new byte[length] : Noise.Of(length, seed);
                return FoldedCrc32.Of(bytes) == Crc32.HashToUInt32(bytes);
            },
            iter: 200);

    [Fact]
    public void The_check_value_is_that_of_the_catalogue_of_checksums() =>
        Assert.Equal(0xCBF43926, FoldedCrc32.Of("123456789"u8));
}
