using System.Text.RegularExpressions;
using Millrace.Tables;

namespace Millrace.App.Tables.Shell;

/// <summary>Finds what a word of SQL may go on to: keywords, tables and views, and columns of the tables that the text
/// names.</summary>
static partial class SqlCompletion
{
    static readonly string[] Keywords =
    [
        "add", "all", "alter", "and", "as", "asc", "between", "by", "case", "cast", "check", "column", "constraint",
        "create", "cross", "delete", "desc", "describe", "distinct", "drop", "else", "end", "except", "exists",
        "explain", "false", "filter", "from", "full", "group", "having", "history", "if", "ilike", "in", "inner",
        "insert", "intersect", "into", "is", "join", "left", "like", "limit", "matched", "merge", "not", "null",
        "offset", "on", "optimize", "or", "order", "outer", "over", "partition", "partitioned", "qualify", "rename",
        "replace", "restore", "right", "select", "set", "show", "summarize", "table", "tblproperties", "then", "true",
        "truncate", "union", "update", "using", "vacuum", "values", "version", "view", "when", "where", "window",
        "with", "zorder",
    ];

    /// <summary>Words behind which a table stands.</summary>
    static readonly string[] BeforeTables =
        ["from", "join", "into", "update", "table", "view", "describe", "summarize", "optimize", "vacuum", "using"];

    /// <param name="text">All that is typed.</param>
    /// <param name="cursor">Where the cursor is.</param>
    /// <param name="names">What there is.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<Completion> FindAsync(
        string text, int cursor, ShellNames names, CancellationToken cancellationToken)
    {
        var start = cursor;
        while (start > 0 && IsPart(text[start - 1]))
        {
            start--;
        }

        var typed = text[start..cursor];
        if (ShellCommand.IsCommand(text))
        {
            return Commands(text, start, typed, await names.TablesAsync(cancellationToken).ConfigureAwait(false));
        }

        var tables = await names.TablesAsync(cancellationToken).ConfigureAwait(false);
        var point = typed.LastIndexOf('.');
        if (point > 0)
        {
            return await AfterPointAsync(text, start, typed[..point], typed, tables, names, cancellationToken)
                .ConfigureAwait(false);
        }

        if (BeforeTables.Contains(WordBefore(text, start), StringComparer.OrdinalIgnoreCase))
        {
            return new Completion(start, Beginning(tables.Select(Quoted), typed), " ");
        }

        var columns = new List<string>();
        foreach (var table in Named(text, tables))
        {
            columns.AddRange(await names.ColumnsAsync(table, cancellationToken).ConfigureAwait(false));
        }

        var isUpper = typed.Length > 0 && typed.All(letter => !char.IsLower(letter)) && typed.Any(char.IsUpper);
        var keywords = typed.Length == 0 ? [] : Keywords.Select(word => isUpper ? word.ToUpperInvariant() : word);
        return new Completion(
            start,
            Beginning(columns.Select(Quoted).Concat(typed.Length == 0 && columns.Count > 0 ? [] : tables.Select(Quoted))
                .Concat(keywords), typed),
            " ");
    }

    static Completion Commands(string text, int start, string typed, IReadOnlyList<string> tables)
    {
        var word = text.TrimStart();
        var mark = word[0];
        return word.IndexOf(' ', StringComparison.Ordinal) < 0
            ? new Completion(
                text.Length - word.Length, Beginning(ShellCommand.Names.Select(name => mark + name), word), " ")
            : new Completion(
                start, Beginning(word[1..].StartsWith("mode", StringComparison.Ordinal)
                    ? ShellCommand.Modes : tables, typed), "");
    }

    /// <summary>Columns of a table or of what is called so in the text, or tables of a schema.</summary>
    static async Task<Completion> AfterPointAsync(
        string text, int start, string before, string typed, IReadOnlyList<string> tables, ShellNames names,
        CancellationToken cancellationToken)
    {
        if (tables.Any(table => table.StartsWith(before + ".", StringComparison.OrdinalIgnoreCase)))
        {
            return new Completion(start, Beginning(tables, typed), " ");
        }

        var table = tables.FirstOrDefault(name => name.Equals(before, StringComparison.OrdinalIgnoreCase))
            ?? Named(text, tables).FirstOrDefault(name => AliasOf(text, name).Contains(
                before, StringComparer.OrdinalIgnoreCase));
        var columns = table is null ? [] : await names.ColumnsAsync(table, cancellationToken).ConfigureAwait(false);
        var named = Beginning(columns.Select(Quoted), typed[(before.Length + 1)..]);
        return new Completion(start, [.. named.Select(column => $"{before}.{column}")], " ");
    }

    /// <summary>The tables that a text names, as far as its words tell.</summary>
    static IEnumerable<string> Named(string text, IReadOnlyList<string> tables)
    {
        var words = Words().Matches(text).Select(match => match.Value.Trim('"'))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return tables.Where(words.Contains);
    }

    static IEnumerable<string> AliasOf(string text, string table) => Regex.Matches(
        text, $"(?<![A-Za-z0-9_$]){Regex.Escape(table)}(?:@\\S+)?\\s+(?:as\\s+)?([A-Za-z_][A-Za-z0-9_]*)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
        .Select(match => match.Groups[1].Value);

    static string WordBefore(string text, int start)
    {
        var end = start;
        while (end > 0 && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        var begin = end;
        while (begin > 0 && char.IsLetter(text[begin - 1]))
        {
            begin--;
        }

        return text[begin..end];
    }

    static List<string> Beginning(IEnumerable<string> words, string typed) => [.. words
        .Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
            || word.StartsWith("\"" + typed, StringComparison.OrdinalIgnoreCase))
        .Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>A name as it is to be written: in quotes when it must be.</summary>
    static string Quoted(string name) => Plain().IsMatch(name) ? name : SqlName.Quote(name);

    static bool IsPart(char letter) => char.IsLetterOrDigit(letter) || letter is '_' or '.' or '$' or '\\' or '"';

    [GeneratedRegex("\"[^\"]+\"|(?:[A-Za-z_][A-Za-z0-9_$]*\\.)?[A-Za-z_][A-Za-z0-9_$]*")]
    private static partial Regex Words();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_$.]*\z")]
    private static partial Regex Plain();
}
