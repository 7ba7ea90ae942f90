using System.Globalization;
using System.Text;
using Millrace.Tests.House;

// Not in a namespace of the folder's name: that would hide the class from every other test namespace.
namespace Millrace.Tests;

/// <summary>The bytes of a format as a released version writes them, in the folder <c>Fixtures</c>: as
/// <c>xxd -g 1</c> shows them, so that a diff can be read and <c>xxd -r</c> gives the file.</summary>
/// <remarks>Stores of users hold these bytes. A fixture that is there is never written again, not even with
/// MILLRACE_ACCEPT=1: a format that changes has a new number and a new fixture, and the old one is read for ever.
/// </remarks>
static class FormatFixture
{
    const int BytesPerLine = 16;
    const int OffsetLength = 10;
    const int HexLength = BytesPerLine * 3;

    public static string PathOf(string name) => Repository.PathOf("tests", "Millrace.Tests", "Fixtures", name);

    public static byte[] Read(string name)
    {
        var bytes = new List<byte>();
        foreach (var line in File.ReadLines(PathOf(name)))
        {
            foreach (var digits in line.Substring(OffsetLength, HexLength).Split(
                ' ', StringSplitOptions.RemoveEmptyEntries))
            {
                bytes.Add(byte.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            }
        }

        return [.. bytes];
    }

    /// <summary>Compares what is written now with the fixture.</summary>
    public static void Verify(string name, ReadOnlySpan<byte> written)
    {
        var text = Text(written);
        if (!File.Exists(PathOf(name)) && Environment.GetEnvironmentVariable("MILLRACE_ACCEPT") == "1")
        {
            File.WriteAllText(PathOf(name), text);
            return;
        }

        var fixture = File.ReadAllText(PathOf(name));
        if (fixture == text)
            return;
        Assert.Fail(
            $"""
            The writer does not write '{name}' any more (- the fixture, + now):
            {LineDiff.Between(fixture, text)}
            What users have stored looks like the fixture. Give a new format its own number, and read this one too.
            """);
    }

    static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var offset = 0; offset < bytes.Length; offset += BytesPerLine)
        {
            var line = bytes[offset..Math.Min(offset + BytesPerLine, bytes.Length)];
            var hex = new StringBuilder();
            foreach (var value in line)
                hex.Append(CultureInfo.InvariantCulture, $"{value:x2} ");
            text.Append(CultureInfo.InvariantCulture, $"{offset:x8}: ").Append(hex.ToString().PadRight(HexLength))
                .Append(' ');
            foreach (var value in line)
                text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
            text.Append('\n');
        }

        return text.ToString();
    }
}
