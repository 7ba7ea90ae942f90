namespace Millrace.Tables.Frames;

/// <summary>How names of columns are held and compared: as SQL does, without regard to the case of the letters A to Z.
/// </summary>
sealed class ColumnName : IEqualityComparer<string>
{
    const int MaxShown = 12;

    ColumnName()
    {
    }

    public static ColumnName Comparer { get; } = new();

    /// <exception cref="MillraceException"><c>column-name</c>: empty, or with a character that SQL can't hold.
    /// </exception>
    public static string Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && IsText(name) ? name : throw new MillraceException(
            ErrorKind.Invalid, "column-name",
            name.Length == 0 ? "A column's name is empty." : $"'{name.Replace('\0', '?')}' can't name a column.",
            "Use text of at least one character, without NUL and without halves of characters.");
    }

    /// <summary>Whether a text is whole Unicode without NUL, at which native code would cut it off.</summary>
    public static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i]))
                return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i])))
                return false;
        }

        return true;
    }

    /// <summary>An error that names the nearest of the columns that are there.</summary>
    public static MillraceException Unknown(string verb, string name, IReadOnlyList<string> columns)
    {
        var near = columns.Select(column => (column, Lineage.Nearness.Distance(
                column.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(pair => pair.Item2 <= Math.Max(1, name.Length / 3)).OrderBy(pair => pair.Item2)
            .Select(pair => pair.column).FirstOrDefault();
        var shown = string.Join(", ", columns.Take(MaxShown)) + (columns.Count > MaxShown ? ", …" : "");
        return new MillraceException(
            ErrorKind.NotFound, "column-unknown", $"{verb}: there is no column '{name}'.",
            near is null ? $"The columns are {shown}." : $"Did you mean '{near}'? The columns are {shown}.");
    }

    public bool Equals(string? x, string? y)
    {
        if (x is null || y is null || x.Length != y.Length)
            return ReferenceEquals(x, y);
        for (var i = 0; i < x.Length; i++)
        {
            if (Fold(x[i]) != Fold(y[i]))
                return false;
        }

        return true;
    }

    public int GetHashCode(string obj)
    {
        var hash = 17;
        foreach (var c in obj)
            hash = (hash * 31) + Fold(c);
        return hash;
    }

    static char Fold(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
