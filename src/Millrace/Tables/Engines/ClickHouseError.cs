using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Engines;

/// <summary>An exception of ClickHouse, from its text: <c>Code: 62. DB::Exception: Syntax error … (SYNTAX_ERROR)
/// (version …)</c>, or in older servers <c>Code: 62, e.displayText() = DB::Exception: …, e.what() = …</c>.</summary>
static partial class ClickHouseError
{
    const int MaxShown = 2_000;

    // Numbers of src/Common/ErrorCodes.cpp, which never change.
    const int ThrowIf = 395;

    static readonly HashSet<int> OfQuery =
        [6, 27, 36, 42, 43, 44, 46, 47, 48, 50, 53, 60, 62, 63, 69, 70, 115, 153, 179, 184, 207, 215, 349, 352, 386,
            403, 407];

    static readonly HashSet<int> OfLogin = [192, 193, 194, 195, 497, 516];

    static readonly HashSet<int> OfNodes = [32, 198, 209, 210, 225, 279];

    static readonly HashSet<int> OfReadOnly = [164, 392];

    /// <summary>The error of a text; null when it holds none.</summary>
    public static MillraceException? Find(string engine, string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
            return null;
        var code = int.Parse(match.Groups["code"].Value, CultureInfo.InvariantCulture);
        var message = match.Groups["text"].Value.Trim();
        if (message.Length > MaxShown)
            message = message[..MaxShown] + "…";
        return Of(engine, code, message);
    }

    static MillraceException Of(string engine, int code, string message)
    {
        var said = string.Create(CultureInfo.InvariantCulture, $"Engine '{engine}' says (code {code}): {message}");
        if (code == ThrowIf)
        {
            return new MillraceException(
                ErrorKind.Invalid, "engine-feature",
                $"The data has what the engine has no equal of. {said}",
                "Run it without '--engine', or clean that column first and write it to a table.");
        }

        if (OfQuery.Contains(code))
        {
            return new MillraceException(
                ErrorKind.Invalid, "engine-query", said,
                "Correct the query; names and functions are ClickHouse's there, and their case counts.");
        }

        if (OfLogin.Contains(code))
        {
            return new MillraceException(
                ErrorKind.Invalid, "engine-login", said,
                $"Look at 'user:', 'password-env:' and the grants of that user for 'engines: {engine}:'.");
        }

        if (OfNodes.Contains(code))
        {
            return new MillraceException(
                ErrorKind.Unavailable, "engine-node-down", said,
                "Every node must answer, or the result would be a part of the truth. Start the node and run the query "
                + "again.");
        }

        if (OfReadOnly.Contains(code))
        {
            return new MillraceException(
                ErrorKind.Invalid, "engine-readonly", said,
                "A query must only read, and its user must be allowed to change settings (readonly = 2, not 1).");
        }

        return code switch
        {
            241 => new MillraceException(
                ErrorKind.Unavailable, "memory-limit", said, "Raise 'max_memory_usage' of the user, or read less."),
            159 or 394 => new MillraceException(
                ErrorKind.Unavailable, "engine-timeout", said, "Raise the server's limit, or ask for less."),
            158 or 307 or 396 => new MillraceException(
                ErrorKind.Unavailable, "engine-limit", said, "Raise the server's limit, or ask for less."),
            243 => new MillraceException(
                ErrorKind.Unavailable, "disk-full", said, "Free some space on the server and run the query again."),
            _ => new MillraceException(
                ErrorKind.Unavailable, "engine-failed", said, "Look into the server's log for this query."),
        };
    }

    [GeneratedRegex(
        @"Code: (?<code>[0-9]{1,5})(\.|, e\.displayText\(\) =) DB::(Net|Parsing)?Exception: "
        + @"(?<text>.*?)(, e\.what\(\) = .*|\(version [^)]*\).*)?\z",
        RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
