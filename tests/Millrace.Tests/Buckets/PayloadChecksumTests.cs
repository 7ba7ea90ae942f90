using System.Text;
using CsCheck;
using Millrace.Buckets.Payload;

namespace Millrace.Tests.BucketsRoom;

public sealed class PayloadChecksumTests
{
    [Theory]
    [InlineData(ChecksumAlgorithm.Crc32, "CBF43926")]
    [InlineData(ChecksumAlgorithm.Crc32C, "E3069283")]
    [InlineData(ChecksumAlgorithm.Crc64Nvme, "AE8B14860A799888")]
    [InlineData(ChecksumAlgorithm.Sha1, "F7C3BC1D808E04732ADF679965CCC34CA7AE3441")]
    [InlineData(ChecksumAlgorithm.Sha256, "15E2B0D3C33891EBB0F1EF609EC419420C20E320CE94C65FBC8C3312448EB225")]
    public void A_checksum_has_the_published_value(ChecksumAlgorithm algorithm, string expected)
    {
        using var hash = new ChecksumHash(algorithm);

        hash.Append("1234"u8);
        hash.Append("56789"u8);

        Assert.Equal(expected, Convert.ToHexString(hash.Current()));
        Assert.Equal(algorithm, ChecksumNames.Parse(algorithm.Name()));
        Assert.Equal(algorithm, ChecksumNames.ParseHeader(algorithm.Header()));
    }

    [Fact]
    public void Folding_gives_the_same_as_the_tables_however_the_bytes_are_cut() =>
        Gen.Select(Gen.Byte.Array[0, 2000], Gen.Int[0, 2000]).Sample((bytes, place) =>
        {
            var cut = Math.Min(place, bytes.Length);

            var folded = Crc64Nvme.Append(Crc64Nvme.Append(Crc64Nvme.Start, bytes.AsSpan(0, cut)), bytes.AsSpan(cut));

            Assert.Equal(Crc64Nvme.AppendByTable(Crc64Nvme.Start, bytes), folded);
        });

    [Fact]
    public void What_names_the_algorithm_is_not_taken_for_a_checksum()
    {
        Assert.Null(ChecksumNames.ParseHeader("x-amz-checksum-algorithm"));
        Assert.Null(ChecksumNames.ParseHeader("x-amz-checksum-type"));
        Assert.Null(ChecksumNames.ParseHeader("x-amz-checksum-1"));
    }

    [Fact]
    public async Task The_bytes_that_complete_a_payload_are_kept_back_when_its_digest_is_wrong()
    {
        var bytes = Encoding.ASCII.GetBytes("some bytes");
        await using var payload = new VerifiedPayloadStream(new MemoryStream(bytes), new PayloadExpectation
        {
            SizeBytes = bytes.Length,
            Algorithm = ChecksumAlgorithm.Crc32,
            Checksum = [1, 2, 3, 4],
        });
        var read = new byte[bytes.Length];

        Assert.Equal(4, await payload.ReadAsync(read.AsMemory(0, 4), TestContext.Current.CancellationToken));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = await Assert.ThrowsAsync<MillraceException>(
                async () => await payload.ReadExactlyAsync(read, TestContext.Current.CancellationToken));
            Assert.Equal("digest-mismatch", failure.Code);
        }

        Assert.Null(payload.Checksum);
    }

    [Fact]
    public async Task An_empty_payload_gives_digests_also_after_it_was_read()
    {
        await using var payload = new VerifiedPayloadStream(Stream.Null, new PayloadExpectation { SizeBytes = 0 });
        Assert.Equal(0, await payload.ReadAsync(new byte[1], TestContext.Current.CancellationToken));

        payload.AskForMd5();
        payload.AskForChecksum(ChecksumAlgorithm.Crc64Nvme);

        Assert.Equal("D41D8CD98F00B204E9800998ECF8427E", Convert.ToHexString(payload.Md5!));
        Assert.Equal(new byte[8], payload.Checksum!.Value.Value);
    }
}
