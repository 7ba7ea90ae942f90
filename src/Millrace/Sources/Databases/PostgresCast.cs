using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Sources.Databases;

/// <summary>Which types of PostgreSQL keep values of another, or refuse them, and never change them without a word.
/// </summary>
static partial class PostgresCast
{
    static readonly string[] Whole = ["smallint", "integer", "bigint"];

    /// <summary>Types that change some texts instead of refusing them, or have no texts of their own.</summary>
    static readonly string[] NoTexts =
    [
        "smallint", "integer", "bigint", "real", "double precision", "numeric", "boolean", "date", "timestamp", "bytea",
        "money", "bit", "oid",
    ];

    /// <param name="from">What is sent.</param>
    /// <param name="to">What the column is, as the server writes it.</param>
    public static bool Keeps(string from, string to) =>
        from == to
        || (Array.IndexOf(Whole, from) >= 0 && (Array.IndexOf(Whole, to) >= 0 || IsNumeric(to, 0)))
        || (from is "smallint" or "integer" && to == "double precision")
        || (from == "real" && to == "double precision")
        || (Digits().Match(from) is { Success: true } digits && IsNumeric(to, Scale(digits)))
        || (from.StartsWith("timestamp", StringComparison.Ordinal) && to is "timestamp with time zone"
            or "timestamp without time zone")
        || (from is "text" or "json" && TakesTexts(to))
        || (from.EndsWith("[]", StringComparison.Ordinal) && to.EndsWith("[]", StringComparison.Ordinal)
            && (Keeps(from[..^2], to[..^2])));

    /// <summary>The value of a column of the temporary table as one of the table's type.</summary>
    public static string Sql(string name, ExportColumn column, string to)
    {
        if (column.ListOf is not null)
        {
            // A list without a value in it and no list at all are two things.
            return $"case when {name} is not null then array(select e.v from json_array_elements_text({name}::json) "
                + $"with ordinality e(v, n) order by n)::{to} end";
        }

        if (column.PostgresType == to)
        {
            return name;
        }

        // Both are of UTC; the session's zone is, too.
        return column.PostgresType is "text" or "json" && !to.StartsWith("character", StringComparison.Ordinal)
            ? $"{name}::text::{to}" : name;
    }

    /// <summary>The digits of a decimal's text, without its point.</summary>
    public static Int128 Number(string text)
    {
        var number = Int128.Zero;
        foreach (var letter in text)
        {
            if (letter is >= '0' and <= '9')
            {
                number = (number * 10) + (letter - '0');
            }
        }

        return text[0] == '-' ? -number : number;
    }

    static bool IsNumeric(string type, int scale) => type == "numeric"
        || (Digits().Match(type) is { Success: true } digits && Scale(digits) >= scale);

    static int Scale(Match digits) => int.Parse(digits.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    static bool TakesTexts(string type) => !type.EndsWith("[]", StringComparison.Ordinal)
        && !NoTexts.Any(name => type == name || type.StartsWith(name + "(", StringComparison.Ordinal)
            || type.StartsWith(name + " ", StringComparison.Ordinal));

    [GeneratedRegex(@"^numeric\(\d+,(\d+)\)$")]
    private static partial Regex Digits();
}
