using System.Text;

namespace Millrace.App.Terminal;

/// <summary>Text of others as it may go to a terminal, which would obey control characters in it. A pipe gets it as it
/// is.</summary>
static class SafeText
{
    /// <summary>The text, with control characters but tabs escaped when standard output is a terminal.</summary>
    public static string ForOutput(string text) => Console.IsOutputRedirected ? text : Escape(text);

    /// <summary>The same for standard error; lines stay lines.</summary>
    public static string ForError(string text) => Console.IsErrorRedirected
        ? text : string.Join('\n', text.Split('\n').Select(line => Escape(line.TrimEnd('\r'))));

    /// <summary>The text with control characters, but tabs, as <c>\x1b</c>, and those that turn the direction of text
    /// as <c>\u202e</c>.</summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsEscaped))
            return text;
        var safe = new StringBuilder(text.Length + 16);
        foreach (var letter in text)
        {
            if (!IsEscaped(letter))
                safe.Append(letter);
            else if (letter < 256)
                safe.Append($"\\x{(int)letter:x2}");
            else
                safe.Append($"\\u{(int)letter:x4}");
        }

        return safe.ToString();
    }

    static bool IsEscaped(char letter) => (char.IsControl(letter) && letter != '\t')
        || letter is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
