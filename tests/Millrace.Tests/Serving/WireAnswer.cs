using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Tests.AppServing;

/// <summary>An answer as it came.</summary>
sealed partial record WireAnswer(int Status, string Head, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>S3's word for the error.</summary>
    public string Code => CodeElement().Match(Text).Groups[1].Value;

    public static WireAnswer Parse(byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end >= 0, "The server closed the connection without an answer.");
        var head = Encoding.Latin1.GetString(bytes, 0, end);
        return new WireAnswer(int.Parse(head.AsSpan(9, 3)), head, bytes[(end + 4)..]);
    }

    /// <summary>Whether the body has the length that the head says.</summary>
    public static bool IsWhole(byte[] bytes) =>
        bytes.AsSpan().IndexOf("\r\n\r\n"u8) is var end && end >= 0
        && LengthHeader().Match(Encoding.Latin1.GetString(bytes, 0, end)) is { Success: true } length
        && bytes.Length - end - 4 >= int.Parse(length.Groups[1].ValueSpan);

    [GeneratedRegex("^Content-Length: ([0-9]+)", RegexOptions.Multiline)]
    private static partial Regex LengthHeader();

    [GeneratedRegex("<Code>([A-Za-z0-9]+)</Code>")]
    private static partial Regex CodeElement();
}
