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

    [GeneratedRegex("<Code>([A-Za-z0-9]+)</Code>")]
    private static partial Regex CodeElement();
}
