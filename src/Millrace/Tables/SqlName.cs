namespace Millrace.Tables;

/// <summary>Names and texts as SQL writes them; the one place where they are quoted.</summary>
public static class SqlName
{
    const int MaxLength = 128;

    /// <summary>An identifier in double quotes.</summary>
    public static string Quote(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Identifiers in double quotes, with commas between them.</summary>
    public static string QuoteAll(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    /// <summary>A text in single quotes.</summary>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    /// <summary>Holds a table's name to letters, digits and underscores, so that it is also a safe folder name.
    /// <c>$</c> parts a table from its side tables, as in <c>events$quarantine</c>.</summary>
    /// <exception cref="MillraceException"><c>table-name</c>.</exception>
    public static string CheckTable(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsTable(name) ? name : throw new MillraceException(
            ErrorKind.Invalid, "table-name", $"'{name}' can't be the name of a table.",
            $"Use up to {MaxLength} letters, digits and underscores, beginning with a letter.");
    }

    /// <summary>Whether a name may be a table's.</summary>
    internal static bool IsTable(string name) => name.Length is > 0 and <= MaxLength
        && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$');
}
