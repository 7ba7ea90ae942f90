using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Millrace.Tables;

namespace Millrace.App.Tables;

/// <summary>Where the SQL of a command comes from, and the values of its parameters.</summary>
static partial class SqlInput
{
    const int MaxBytes = 64 << 20;

    /// <summary>The SQL of the argument, of a file, or of standard input.</summary>
    /// <exception cref="MillraceException"><c>option-conflict</c>, <c>file-missing</c>, <c>sql-text</c>.</exception>
    public static async Task<string> ReadAsync(string? query, string? file, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            if (query is not null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "option-conflict", "SQL was given as an argument and as a file.",
                    "Leave one of them out.");
            }

            if (file != "-")
                return await ReadFileAsync(file, cancellationToken).ConfigureAwait(false);
        }
        else if (query is not null and not "-")
        {
            return query;
        }
        else if (query is null && !Console.IsInputRedirected)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-statement", "There is no SQL to run.",
                "Give it in quotes: millrace sql \"select 1\", with '-f FILE', or on standard input.");
        }

        await using var input = Console.OpenStandardInput();
        return await ReadAsync(input, "Standard input", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A parameter as <c>NAME=VALUE</c>: a number, <c>true</c>, <c>false</c>, <c>null</c>, or a text.
    /// </summary>
    /// <exception cref="MillraceException"><c>option-value</c>.</exception>
    public static SqlParameter Parameter(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? "" : text[..equals].TrimStart('$');
        return Name().IsMatch(name) ? new SqlParameter(name, Value(text[(equals + 1)..]))
            : throw new MillraceException(
                ErrorKind.Invalid, "option-value", $"'--param {text}' does not name a value.",
                "Write NAME=VALUE, such as '--param since=2026-03-01' for $since.");
    }

    static object? Value(string text) =>
        text is ['\'', .. var quoted, '\''] ? quoted.Replace("''", "'", StringComparison.Ordinal)
        : text == "null" ? null
        : text is "true" or "false" ? text == "true"
        // A number that would not be written so is none: a code such as 007 keeps its zeros.
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            && whole.ToString(CultureInfo.InvariantCulture) == text ? whole
        : Fraction().IsMatch(text) ? double.Parse(text, CultureInfo.InvariantCulture)
        : text;

    static async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "file-missing", $"There is no file '{path}'.",
                "Correct the path; it begins at the folder that the command runs in.");
        }

        await using var file = File.OpenRead(path);
        return await ReadAsync(file, $"'{path}'", cancellationToken).ConfigureAwait(false);
    }

    static async Task<string> ReadAsync(Stream source, string what, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaxBytes)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "sql-text", $"{what} has more than {MaxBytes >> 20} MiB of SQL.",
                    "Put long lists of values into a table and join with it.");
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
                bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-text", $"{what} is not UTF-8.", "Save it as UTF-8.", exception);
        }
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,16})?(?:[eE][+-]?[0-9]{1,3})?\z")]
    private static partial Regex Fraction();
}
