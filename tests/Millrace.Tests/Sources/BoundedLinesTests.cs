using CsCheck;
using Millrace.Sources.Reading;

namespace Millrace.Tests.SourcesRoom;

public sealed class BoundedLinesTests
{
    [Fact]
    public void Lines_are_those_of_a_StringReader() => Gen.Char["ab\r\n"].Array[0, 60].Sample(letters =>
    {
        var text = new string(letters);
        using var expected = new StringReader(text);
        using var reader = new StringReader(text);
        var lines = new BoundedLines(reader, 5);
        while (true)
        {
            var line = expected.ReadLine();
            var next = lines.Next();
            Assert.Equal(line is { Length: > 5 } ? line[..5] : line, next);
            if (line is null)
            {
                return;
            }

            Assert.Equal(line.Length, lines.Length);
        }
    });

    [Fact]
    public void A_line_that_is_longer_than_a_block_is_one()
    {
        using var reader = new StringReader(new string('a', 100_000) + "\r\n" + new string('b', 65_535) + "\r\nc");
        var lines = new BoundedLines(reader, 70_000);

        Assert.Equal((70_000, 100_000L), (lines.Next()!.Length, lines.Length));
        Assert.Equal(new string('b', 65_535), lines.Next());
        Assert.Equal("c", lines.Next());
        Assert.Null(lines.Next());
    }
}
