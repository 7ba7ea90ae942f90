using DuckDB.NET.Data;
using Millrace.Lineage;

namespace Millrace.Tables;

/// <summary>Follows one row of a table upstream. A row of an input belongs to it when the input's key stands in the
/// row's columns with the same values; else when the row's key stands in the input's columns; else by those columns of
/// the input's key that the row has.</summary>
public sealed class RowTrace(TableStore tables)
{
    const int ShownRows = 3;
    const int ShownValues = 60;

    /// <summary>The tree upstream of a row.</summary>
    /// <param name="why">The lineage of the table's version.</param>
    /// <param name="rowKey">The values of the key's columns, with commas between them.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MillraceException"><c>row-unknown</c>, <c>key-missing</c>.</exception>
    public async Task<RowTraceNode> FollowAsync(
        LineageNode why, string rowKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(why);
        ArgumentNullException.ThrowIfNull(rowKey);
        var entries = await tables.ListAllAsync(cancellationToken).ConfigureAwait(false);
        var keys = entries.ToDictionary(entry => entry.Name, entry => entry.KeyColumns, StringComparer.Ordinal);
        using var session = tables.OpenSession();
        var search = new Search(tables, session, keys);
        return search.Start(why, rowKey);
    }

    sealed class Search(TableStore tables, SqlSession session, Dictionary<string, IReadOnlyList<string>> keys)
    {
        // A version that the answer names twice is expanded once; its rows may be asked for again.
        readonly Dictionary<long, LineageNode> _expanded = [];
        readonly HashSet<string> _attached = new(StringComparer.Ordinal);
        int _count;

        public RowTraceNode Start(LineageNode why, string rowKey)
        {
            Remember(why);
            var version = why.Version;
            var keyColumns = keys.GetValueOrDefault(version.Name, []);
            var values = rowKey.Split(',');
            if (keyColumns.Count == 0 || values.Length != keyColumns.Count)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "key-missing",
                    keyColumns.Count == 0
                        ? $"Table '{version.Name}' has no key, so '#{rowKey}' names no row."
                        : $"'#{rowKey}' has {values.Length} values; "
                            + $"the key of '{version.Name}' is {string.Join(", ", keyColumns)}.",
                    "Write the values of the key's columns with commas between them.");
            }

            var condition = string.Join(" and ", keyColumns.Zip(values).Select(
                pair => $"cast({SqlName.Quote(pair.First)} as varchar) = {SqlName.Text(pair.Second)}"));
            var rows = NextName();
            session.Execute($"create temp table {rows} as select * from {View(version)} where {condition}");
            return session.Value<long>($"select count(*) from {rows}") > 0
                ? Node(why, rows, keyColumns, isCandidate: false)
                : throw new MillraceException(
                    ErrorKind.NotFound, "row-unknown",
                    $"{version.Label} has no row with {string.Join(", ", keyColumns)} = {rowKey}.",
                    $"Try 'millrace sql \"select {string.Join(", ", keyColumns)} from {version.Name} limit 5\"'.");
        }

        void Remember(LineageNode node)
        {
            if (!node.IsRepeated)
            {
                _expanded[node.Version.Id] = node;
                foreach (var next in node.Next)
                {
                    Remember(next);
                }
            }
        }

        RowTraceNode Node(LineageNode why, string rows, IReadOnlyList<string> columns, bool isCandidate)
        {
            var next = new List<RowTraceNode>();
            var rowColumns = Columns(rows);
            var inputs = _expanded.GetValueOrDefault(why.Version.Id, why).Next
                .Where(input => !input.IsHistory && !input.Version.Name.Contains('$'))
                .ToList();
            var isFromFiles = inputs.Any(input => input.Version.Kind == "file");
            foreach (var input in inputs)
            {
                if (input.Version.Kind == "table")
                {
                    next.Add(Input(input, why.Version, rows, rowColumns));
                }
                else if (input.Version.Kind == "source")
                {
                    next.Add(new RowTraceNode(
                        input.Version,
                        keys[why.Version.Name],
                        false,
                        Count(rows),
                        Show(rows, keys[why.Version.Name]),
                        [],
                        []));
                }
            }

            return new RowTraceNode(
                why.Version,
                columns,
                isCandidate,
                Count(rows),
                Show(rows, rowColumns),
                isFromFiles ? Places(rows, rowColumns) : [],
                next);
        }

        RowTraceNode Input(LineageNode input, ThingVersion from, string rows, List<string> rowColumns)
        {
            var view = View(input.Version);
            var inputColumns = Columns(view);
            var inputKey = keys.GetValueOrDefault(input.Version.Name, []);
            var fromKey = keys.GetValueOrDefault(from.Name, []);
            var exact =
                inputKey.Count > 0 && inputKey.All(rowColumns.Contains) ? inputKey
                : fromKey.Count > 0 && fromKey.All(inputColumns.Contains) ? fromKey
                : null;
            var shared = exact ?? (
                inputKey.Any(rowColumns.Contains) ? [.. inputKey.Where(rowColumns.Contains)]
                : fromKey.Where(inputColumns.Contains).ToList());
            if (shared.Count == 0)
            {
                return new RowTraceNode(input.Version, [], true, 0, [], [], []);
            }

            var matched = NextName();
            session.Execute(
                $"create temp table {matched} as "
                + $"select * from {view} semi join {rows} using ({SqlName.QuoteAll(shared)})");
            return Node(input, matched, shared, exact is null);
        }

        string View(ThingVersion version)
        {
            var view = $"{version.Name}@v{version.Number}";
            if (_attached.Add(view))
            {
                session.Attach(view, tables.Open(version));
            }

            return SqlName.Quote(view);
        }

        string NextName() => $"rows_{_count++}";

        long Count(string rows) => session.Value<long>($"select count(*) from {rows}");

        List<string> Columns(string source) =>
            session.Rows($"describe select * from {source}", reader => reader.GetString(0));

        List<string> Places(string rows, List<string> columns) =>
            columns.Contains("file") && columns.Contains("line")
                ? session.Rows(
                    "select file, count(*), "
                    + $"string_agg(cast(line as varchar), ', ' order by line) filter (n <= {ShownRows}) "
                    + $"from (select *, row_number() over (partition by file order by line) as n from {rows} "
                    + "where file is not null and line is not null) "
                    + $"group by file order by file",
                    reader => $"{reader.GetString(0)} line{(reader.GetInt64(1) > 1 ? "s" : "")} {reader.GetString(2)}"
                        + (reader.GetInt64(1) > ShownRows ? $" … ({reader.GetInt64(1)} in all)" : ""))
                : [];

        List<string> Show(string rows, IReadOnlyList<string> columns) => session.Rows(
            $"select {SqlName.QuoteAll(columns)} from {rows} order by all limit {ShownRows}",
            reader => string.Join(", ", columns.Select((column, i) => $"{column} {Text(reader, i)}")));

        static string Text(DuckDBDataReader reader, int index)
        {
            if (reader.IsDBNull(index))
            {
                return "null";
            }

            var value = reader.GetValue(index);
            var text = value switch
            {
                DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss"),
                DateOnly date => date.ToString("yyyy-MM-dd"),
                double number => number.ToString("0.####"),
                System.Collections.IList list => $"[{list.Count} values]",
                _ => Convert.ToString(value)!,
            };
            return text.Length > ShownValues ? text[..ShownValues] + "…" : text;
        }
    }
}
