using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Profiles;

/// <summary>Texts that are something else, or were read in the wrong encoding, or differ where they should
/// not.</summary>
/// <remarks>Each different text is looked at once, however many rows have it.</remarks>
static partial class TextSuspicions
{
    const double NearlyAll = 0.9;
    const int MaxVariants = 20_000;
    const double MostVariantShare = 0.5;
    const int MaxShown = 60;

    // A byte that follows in UTF-8, as Latin-1 and as Windows-1252 show it.
    const string Follower =
        "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
        + "\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]";

    // What UTF-8 looks like when it was read as one of these. Letters that stand before a quotation mark or an ellipsis
    // in good text are taken with the rarer followers only.
    const string Misread = $"[\u00c2\u00c3\u00d0]{Follower}|[\u00c4\u00c5\u00ce\u00cf\u00d1][\u0080-\u00bf]"
        + $"|\u00e2[\u20ac\u0080-\u00bf]{Follower}|[\u00e3-\u00e9][\u0080-\u00bf][\u0080-\u00bf]";

    // What programs write for no value. 'no' and 'nil' can be values.
    static readonly HashSet<string> NullWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "none", "nan", "na", "n/a", "#n/a", "<na>", "nil", "undefined", "missing", "unknown", "-", "--", "?",
        ".", "(null)", "\\n",
    };

    public static IEnumerable<Suspicion> Of(ProfiledValues values)
    {
        if (!values.Sample.IsText || values.Figures.Present == 0)
            return [];
        return [.. Broken(values), .. Blanks(values), .. Kinds(values), .. Variants(values)];
    }

    static IEnumerable<Suspicion> Broken(ProfiledValues values)
    {
        var sql = values.Column.TextSql;
        if (Found(values, word => word.Contains('\ufffd') || IsMisread().IsMatch(word)) is { } misread)
        {
            yield return Suspect(
                values, "text-encoding", FindingSeverity.Serious, misread,
                $"(contains({sql}, '\ufffd') or regexp_matches({sql}, '{Misread}'))",
                count => $"'{values.Column.Name}' was written in another encoding than it was read in {count} rows.");
        }

        if (Found(values, word => word.AsSpan().IndexOfAnyInRange('\u0001', '\u0008') >= 0
            || word.AsSpan().IndexOfAnyInRange('\u000e', '\u001f') >= 0 || word.Contains('\u007f')) is { } control)
        {
            yield return Suspect(
                values, "text-control", FindingSeverity.Warning, control,
                $"regexp_matches({sql}, '[\\x01-\\x08\\x0e-\\x1f\\x7f]')",
                count => $"'{values.Column.Name}' holds control characters in {count} rows.");
        }
    }

    static IEnumerable<Suspicion> Blanks(ProfiledValues values)
    {
        var sql = values.Column.TextSql;
        if (Found(values, word => word.Length > 0 && (char.IsWhiteSpace(word[0]) || IsEndBlank(values, word)))
            is { } edges)
        {
            yield return Suspect(
                values, "text-blank-edges", FindingSeverity.Warning, edges,
                $"regexp_matches({sql}, '^\\s|\\s$')",
                count => $"'{values.Column.Name}' begins or ends with a blank in {count} rows, which makes equal "
                    + "values different.");
        }

        if (Found(values, word => word.Length == 0) is { } empty)
        {
            yield return Suspect(
                values, "text-empty", FindingSeverity.Note, empty, $"{sql} = ''",
                count => $"'{values.Column.Name}' is an empty text in {count} rows"
                    + (values.NullCount > 0 ? ", and has no value in others: one of them is enough." : "."))
                with
            { Examples = [] };
        }

        if (Found(values, NullWords.Contains) is { } nulls && nulls.Count < values.Figures.Present)
        {
            yield return Suspect(
                values, "text-null-word", FindingSeverity.Warning, nulls,
                $"lower({sql}) in ({string.Join(", ", NullWords.Select(SqlName.Text))})",
                count => $"'{values.Column.Name}' is a word for no value in {count} rows.");
        }
    }

    static IEnumerable<Suspicion> Kinds(ProfiledValues values)
    {
        var (column, sql) = (values.Column, values.Column.TextSql);
        // Of the values that are any.
        var meant = Found(values, word => !IsNothing(word)) is { } some ? some.Count : 0;
        if (column.SqlType != "VARCHAR" || meant == 0)
            yield break;
        foreach (var (code, kind, isKind, type) in new (string, string, Func<string, bool>, string)[]
        {
            ("number-as-text", "numbers", IsNumber, "double"), ("time-as-text", "times", IsTime, "timestamp"),
        })
        {
            var count = Found(values, isKind)?.Count ?? 0;
            if (count < meant * NearlyAll)
                continue;
            if (count == meant)
            {
                // Bounds and all other figures are those of texts: '10' before '9'.
                yield return Suspicion.OfColumn(
                    code, FindingSeverity.Note, column, $"'{column.Name}' is a text, but holds {kind} only.")
                    with
                { Examples = Found(values, isKind)!.Words };
                continue;
            }

            var others = Found(values, word => !IsNothing(word) && !isKind(word))!;
            yield return Suspect(
                values, code.Replace("-as-", "-mixed-", StringComparison.Ordinal), FindingSeverity.Warning, others,
                $"try_cast({sql} as {type}) is null and {sql} is not null and trim({sql}) <> '' "
                    + $"and lower({sql}) not in ({string.Join(", ", NullWords.Select(SqlName.Text))})",
                text => $"'{column.Name}' holds {kind} as text, and something else in {text} rows.");
        }
    }

    /// <summary>Texts that are the same but for the case of their letters, blanks, or the form of their
    /// accents.</summary>
    static IEnumerable<Suspicion> Variants(ProfiledValues values)
    {
        var words = values.Sample.Words;
        if (words.Count > MaxVariants || words.Count > values.Figures.Present * MostVariantShare)
            yield break;
        var groups = Enumerable.Range(0, words.Count).Where(word => words[word].Length > 0)
            .GroupBy(word => Folded(words[word]), StringComparer.Ordinal)
            .Select(group => group.OrderByDescending(word => values.Sample.WordCounts[word]).ToList())
            .Where(group => group.Count > 1).ToList();
        if (groups.Count == 0)
            yield break;
        // The commonest of a group is what the others are meant to be.
        var rarer = groups.Sum(group => group.Skip(1).Sum(word => (long)values.Sample.WordCounts[word]));
        yield return new Suspicion(
            "text-variants", FindingSeverity.Warning, [values.Column.Name], rarer, null,
            count => $"'{values.Column.Name}' writes {groups.Count:N0} of its values in several ways that differ in "
                + $"case, blanks or the form of letters, {count} rows in a rarer one.",
            [.. groups.OrderByDescending(group => group.Sum(word => values.Sample.WordCounts[word])).Take(3)
                .Select(group => string.Join(" = ", group.Take(3).Select(word => $"'{Cut(words[word])}'")))]);
    }

    static Suspicion Suspect(
        ProfiledValues values, string code, FindingSeverity severity, FoundWords found, string condition,
        Func<string, string> message) =>
        new(code, severity, [values.Column.Name], found.Count, condition, message, found.Words);

    /// <summary>The rows whose text a test holds for, with the commonest texts; null for none.</summary>
    static FoundWords? Found(ProfiledValues values, Func<string, bool> isMeant)
    {
        var (words, counts) = (values.Sample.Words, values.Sample.WordCounts);
        var found = new List<int>();
        var count = 0L;
        for (var word = 0; word < words.Count; word++)
        {
            if (isMeant(words[word]))
            {
                found.Add(word);
                count += counts[word];
            }
        }

        return count == 0 ? null
            : new FoundWords(count, [.. found.OrderByDescending(word => counts[word]).Take(3)
                .Select(word => Cut(words[word]))]);
    }

    // A text that was cut has its end elsewhere.
    static bool IsEndBlank(ProfiledValues values, string word) =>
        char.IsWhiteSpace(word[^1]) && !values.Sample.IsCut(word);

    static bool IsNothing(string word) => string.IsNullOrWhiteSpace(word) || NullWords.Contains(word);

    static bool IsNumber(string word) => word.Length > 0
        && double.TryParse(
            word, NumberStyles.Float & ~NumberStyles.AllowTrailingWhite & ~NumberStyles.AllowLeadingWhite,
            CultureInfo.InvariantCulture, out _)
        // A zero in front is of a key, a zip code or a telephone number.
        && !HasLeadingZero().IsMatch(word) && char.IsAsciiDigit(word[^1]);

    static bool IsTime(string word) => IsTimeLike().IsMatch(word)
        && DateTime.TryParse(word, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    static string Folded(string word)
    {
        var text = string.Join(' ', word.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        // Half a character can't be brought into a form.
        return Frames.ColumnName.IsText(text) ? text.Normalize(NormalizationForm.FormKC).ToLowerInvariant()
            : text.ToLowerInvariant();
    }

    static string Cut(string text) => text.Length <= MaxShown ? text
        : text[..(char.IsHighSurrogate(text[MaxShown - 1]) ? MaxShown - 1 : MaxShown)] + "…";

    [GeneratedRegex(Misread)]
    private static partial Regex IsMisread();

    [GeneratedRegex("^[+-]?0[0-9]")]
    private static partial Regex HasLeadingZero();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.,]+(Z|[+-][0-9:]+)?)?$")]
    private static partial Regex IsTimeLike();

    /// <summary>Texts that a test holds for.</summary>
    /// <param name="Count">Rows.</param>
    /// <param name="Words">The commonest.</param>
    sealed record FoundWords(long Count, IReadOnlyList<string> Words);
}
