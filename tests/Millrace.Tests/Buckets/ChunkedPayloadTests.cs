using System.Text;
using CsCheck;
using Millrace.Buckets.Payload;

namespace Millrace.Tests.BucketsRoom;

public sealed class ChunkedPayloadTests
{
    const string Crc32Of9 = "y/Q5Jg==";

    [Fact]
    public void Chunks_of_any_size_read_in_pieces_of_any_size_give_the_bytes() =>
        Gen.Select(Gen.Byte.Array[1, 300].Array[0, 12], Gen.Int[1, 500], Gen.Int[1, 70]).Sample(
            (chunks, readSize, sourceSize) =>
            {
                using var wire = new MemoryStream();
                foreach (var chunk in chunks)
                {
                    wire.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
                    wire.Write(chunk);
                    wire.Write("\r\n"u8);
                }

                wire.Write("0\r\n\r\n"u8);
                var expected = chunks.SelectMany(chunk => chunk).ToArray();
                using var stream = new ChunkedPayloadStream(
                    new TricklingStream(wire.ToArray(), sourceSize), expected.Length, null, true, []);

                Assert.Equal(expected, ReadAll(stream, readSize));
            },
            iter: 200);

    [Fact]
    public void A_trailer_is_compared_with_the_bytes() =>
        Assert.Equal("123456789", Read($"9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:{Crc32Of9}\r\n\r\n"));

    [Theory]
    [InlineData("", "body-incomplete")]
    [InlineData("9\r\n1234567", "body-incomplete")]
    [InlineData("9\r\n123456789", "body-incomplete")]
    [InlineData("9\r\n123456789\r\n", "body-incomplete")]
    [InlineData("9\r\n123456789\r\n0\r\n", "body-incomplete")]
    [InlineData("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n", "body-incomplete")]
    [InlineData("8\r\n12345678\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", "body-incomplete")]
    [InlineData("a\r\n1234567890\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", "body-too-long")]
    [InlineData("9\r\n123456789\r\n1\r\nx\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", "body-too-long")]
    [InlineData("fffffffffffffffff\r\n", "chunk-malformed")]
    [InlineData("-1\r\n", "chunk-malformed")]
    [InlineData("\r\n", "chunk-malformed")]
    [InlineData("9\n123456789\r\n", "chunk-malformed")]
    [InlineData("9\r\n123456789\n0\r\n", "chunk-malformed")]
    [InlineData("9\r\n123456789X\r\n0\r\n", "chunk-malformed")]
    [InlineData("9;chunk-signature=aa\r\n123456789\r\n", "chunk-malformed")]
    [InlineData("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\nmore", "chunk-malformed")]
    [InlineData("9\r\n123456789\r\n0\r\n\r\n", "trailer-malformed")]
    [InlineData("9\r\n123456789\r\n0\r\nx-amz-checksum-sha1:y/Q5Jg==\r\n\r\n", "trailer-malformed")]
    [InlineData("9\r\n123456789\r\n0\r\nno colon\r\n\r\n", "trailer-malformed")]
    [InlineData("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
        "trailer-malformed")]
    [InlineData("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5JA==\r\n\r\n", "digest-mismatch")]
    [InlineData("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:?\r\n\r\n", "digest-malformed")]
    public void A_payload_that_is_not_what_it_says_is_refused(string wire, string code) =>
        Assert.Equal(code, Assert.Throws<MillraceException>(() => Read(wire)).Code);

    [Fact]
    public void A_line_without_an_end_is_refused_before_it_fills_the_memory() =>
        Assert.Equal(
            "chunk-malformed", Assert.Throws<MillraceException>(() => Read(new string('0', 100_000))).Code);

    static string Read(string wire)
    {
        using var chunks = new ChunkedPayloadStream(
            new TricklingStream(Encoding.ASCII.GetBytes(wire), 5), 9, null, true, ["x-amz-checksum-crc32"]);
        using var payload = new VerifiedPayloadStream(
            chunks, new PayloadExpectation { SizeBytes = 9, Algorithm = ChecksumAlgorithm.Crc32 });
        return Encoding.ASCII.GetString(ReadAll(payload, 4));
    }

    // Every stream here is complete at once, so nothing is waited for.
    static byte[] ReadAll(Stream stream, int readSize)
    {
        using var read = new MemoryStream();
        var buffer = new byte[readSize];
        while (stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult()
            is var count && count > 0)
        {
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }
}
