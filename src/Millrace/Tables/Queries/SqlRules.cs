namespace Millrace.Tables.Queries;

/// <summary>What a query may not do: change files, settings or the engine, or read from memory that is not its own.
/// </summary>
static class SqlRules
{
    /// <summary>The functions that give rows and only read. DuckDB has others that write files and change settings
    /// (<c>enable_logging</c>), or take addresses of memory (<c>arrow_scan</c>).</summary>
    static readonly HashSet<string> TableFunctions = new(StringComparer.Ordinal)
    {
        "generate_series", "glob", "histogram", "histogram_values", "icu_calendar_names", "json_each", "json_tree",
        "parquet_bloom_probe", "parquet_file_metadata", "parquet_full_metadata", "parquet_kv_metadata",
        "parquet_metadata", "parquet_scan", "parquet_schema", "pg_timezone_names", "pragma_show", "pragma_table_info",
        "query", "query_table", "range", "read_blob", "read_csv", "read_csv_auto", "read_json", "read_json_auto",
        "read_json_objects", "read_json_objects_auto", "read_ndjson", "read_ndjson_auto", "read_ndjson_objects",
        "read_parquet", "read_text", "repeat", "repeat_row", "sniff_csv", "sql_auto_complete", "summary", "unnest",
    };

    /// <summary>What DuckDB tells of itself.</summary>
    const string CatalogFunctions = "duckdb_";

    /// <summary>Statements of DuckDB that are not queries, with why they are refused.</summary>
    static readonly Dictionary<string, string> Statements = new(StringComparer.OrdinalIgnoreCase)
    {
        ["analyze"] = "changes the engine",
        ["attach"] = "opens another database",
        ["begin"] = "is not needed: a statement sees one version of each table",
        ["call"] = "calls a function that may change the engine",
        ["checkpoint"] = "changes the engine",
        ["comment"] = "changes the engine",
        ["commit"] = "is not needed: a statement sees one version of each table",
        ["copy"] = "writes files",
        ["deallocate"] = "changes the engine",
        ["detach"] = "closes a database",
        ["execute"] = "runs a text that was prepared",
        ["export"] = "writes files",
        ["force"] = "loads code",
        ["import"] = "runs files",
        ["install"] = "loads code",
        ["load"] = "loads code",
        ["pragma"] = "changes settings",
        ["prepare"] = "keeps a text to run",
        ["reset"] = "changes settings",
        ["rollback"] = "is not needed: a statement sees one version of each table",
        ["set"] = "changes settings",
        ["start"] = "is not needed: a statement sees one version of each table",
        ["update"] = "writes",
        ["use"] = "changes settings",
    };

    /// <summary>Those that a workspace's settings may allow.</summary>
    public static IReadOnlyList<string> Allowable { get; } =
        ["attach", "call", "copy", "detach", "export", "import", "install", "load", "pragma", "reset", "set", "use"];

    /// <summary>Whether settings may allow a statement.</summary>
    public static bool CanBeAllowed(string word) => Allowable.Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="MillraceException"><c>sql-function</c>.</exception>
    public static void CheckTableFunction(string name)
    {
        if (!TableFunctions.Contains(name) && !name.StartsWith(CatalogFunctions, StringComparison.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-function", $"The function '{name}' can't be read from in a query.",
                "It is unknown, or may write or change settings. Files are read by their path: from 'data/*.parquet'.");
        }
    }

    /// <summary>Of a text that is one statement, but not a query.</summary>
    public static MillraceException Refuse(string sql)
    {
        var word = SqlHead.FirstWord(sql);
        return new MillraceException(
            ErrorKind.Invalid, "sql-statement",
            Statements.TryGetValue(word, out var why)
                ? $"'{word.ToUpperInvariant()}' is refused: it {why}."
                : $"'{word.ToUpperInvariant()}' does not begin a query.",
            "A query begins with SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE or SHOW; results are written with "
            + "'--output FILE' or '--save-as TABLE'."
            + (CanBeAllowed(word) ? $" 'sql: allow: [{word.ToLowerInvariant()}]' in millrace.yaml allows it." : ""));
    }

    /// <summary>Of a function that reads what an expression says.</summary>
    public static MillraceException Unreadable(string function) => new(
        ErrorKind.Invalid, "sql-function",
        $"What '{function}' reads is made while the query runs, so it can't be told beforehand.",
        "Give it a text that stands in the query, or name the table.");
}
