using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables;

/// <summary>The options of <c>millrace sql</c>.</summary>
sealed class SqlOptions
{
    const int UsualRowsShown = 100;
    const string Table = "table";

    static readonly Dictionary<string, SqlResultFormat> Formats = new(StringComparer.Ordinal)
    {
        ["csv"] = SqlResultFormat.Csv,
        ["json"] = SqlResultFormat.Json,
        ["jsonl"] = SqlResultFormat.JsonLines,
        ["markdown"] = SqlResultFormat.Markdown,
        ["parquet"] = SqlResultFormat.Parquet,
        ["arrow"] = SqlResultFormat.Arrow,
    };

    static readonly Dictionary<string, SqlResultFormat> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = SqlResultFormat.Csv,
        [".json"] = SqlResultFormat.Json,
        [".jsonl"] = SqlResultFormat.JsonLines,
        [".ndjson"] = SqlResultFormat.JsonLines,
        [".md"] = SqlResultFormat.Markdown,
        [".parquet"] = SqlResultFormat.Parquet,
        [".arrow"] = SqlResultFormat.Arrow,
        [".feather"] = SqlResultFormat.Arrow,
    };

    readonly Option<string?> _file = new("--file", "-f")
    {
        Description = "Read the SQL from a file.",
        HelpName = "FILE",
    };

    readonly Option<string[]> _parameters = new("--param")
    {
        Description = "A value for $NAME in the SQL; may be repeated. 'VALUE' in single quotes is always a text.",
        HelpName = "NAME=VALUE",
    };

    readonly Option<string?> _format = new("--format")
    {
        Description = "How rows are written; else by the ending of --output, and 'table' on the screen.",
    };

    readonly Option<bool> _json = Options.Json();

    readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Write the rows to a file, which is there whole or not at all.",
        HelpName = "FILE",
    };

    readonly Option<bool> _replace = new("--replace") { Description = "Replace a file that is there." };

    readonly Option<string?> _saveAs = new("--save-as")
    {
        Description = "Keep the rows as a table, with what they were read from as its lineage.",
        HelpName = "TABLE",
    };

    readonly Option<bool> _append = new("--append")
    {
        Description = "With --save-as: add the rows to those that the table has.",
    };

    readonly Option<string[]> _keys = new("--key")
    {
        Description = "With --save-as: a column that tells rows apart; may be repeated.",
        HelpName = "COLUMN",
    };

    readonly Option<string?> _memory = new("--memory-limit")
    {
        Description = "Above it the query spills to .millrace/tmp (usually 2gb).",
        HelpName = "SIZE",
    };

    readonly Option<string?> _spill = new("--temp-limit")
    {
        Description = "What the query may spill (usually nine tenths of the free disk).",
        HelpName = "SIZE",
    };

    readonly Option<int?> _threads = new("--threads")
    {
        Description = "Threads that compute (usually one for each core).",
        HelpName = "N",
    };

    readonly Option<string?> _timeout = new("--timeout")
    {
        Description = "End the query after so long, such as 30s or 10m.",
        HelpName = "SPAN",
    };

    readonly Option<string?> _engine = new("--engine")
    {
        Description = "Run one query in its own SQL on an engine of millrace.yaml ('duckdb' is the one built in).",
        HelpName = "NAME",
    };

    readonly Option<int> _rows = new("--rows")
    {
        Description = "Rows that a table on the screen shows.",
        HelpName = "N",
        DefaultValueFactory = _ => UsualRowsShown,
    };

    public SqlOptions() => _format.AcceptOnlyFromAmong([Table, .. Formats.Keys]);

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _file, _parameters, _format, _json, _output, _replace, _saveAs, _append, _keys, _memory, _spill, _threads,
            _timeout, _rows, _engine,
        ];
        foreach (var option in all)
            command.Add(option);
    }

    /// <exception cref="MillraceException"><c>option-value</c>, <c>option-conflict</c>.</exception>
    public SqlRequest Read(ParseResult parsed)
    {
        var output = parsed.GetValue(_output);
        var saveAs = parsed.GetValue(_saveAs);
        if (output is not null && saveAs is not null)
            throw Conflict("'--output' and '--save-as' can't both be given.", "Save the table, then export it.");
        if (saveAs is null && (parsed.GetValue(_append) || parsed.GetValue(_keys) is { Length: > 0 }))
            throw Conflict("'--append' and '--key' are for '--save-as'.", "Name the table with '--save-as TABLE'.");
        return new SqlRequest
        {
            File = parsed.GetValue(_file),
            Format = Format(parsed, output),
            Output = output,
            Replaces = parsed.GetValue(_replace),
            SaveAs = saveAs,
            Mode = parsed.GetValue(_append) ? TableMode.Append : TableMode.Overwrite,
            KeyColumns = parsed.GetValue(_keys) ?? [],
            Engine = parsed.GetValue(_engine),
            Timeout = parsed.GetValue(_timeout) is { } span ? Positive(TableStore.ParseSpan(span), span) : null,
            RowsShown = parsed.GetValue(_rows) is > 0 and var rows ? rows : throw Value("--rows", "a number above 0"),
            Options = new SqlQueryOptions
            {
                Parameters = [.. (parsed.GetValue(_parameters) ?? []).Select(SqlInput.Parameter)],
                MemoryLimitMiB = Size(parsed.GetValue(_memory), "--memory-limit")
                    ?? new SqlQueryOptions().MemoryLimitMiB,
                TemporaryLimitMiB = Size(parsed.GetValue(_spill), "--temp-limit"),
                Threads = parsed.GetValue(_threads) is not { } threads ? null
                    : threads is > 0 and <= 1024 ? threads : throw Value("--threads", "a number from 1 to 1024"),
            },
        };
    }

    SqlResultFormat? Format(ParseResult parsed, string? output)
    {
        var word = parsed.GetValue(_format);
        if (parsed.GetValue(_json))
        {
            return word is null or "json" ? SqlResultFormat.Json
                : throw Conflict($"'--json' and '--format {word}' can't both be meant.", "Give one of them.");
        }

        if (word is not null and not Table)
        {
            var format = Formats[word];
            return output is null && format is SqlResultFormat.Parquet or SqlResultFormat.Arrow
                && !Console.IsOutputRedirected && parsed.GetValue(_saveAs) is null
                ? throw Conflict(
                    $"'{word}' is not for a terminal.", "Write it to a file with '--output FILE', or into a pipe.")
                : format;
        }

        if (output is null)
            return null;
        return Endings.TryGetValue(Path.GetExtension(output), out var byEnding) && word is null
            ? byEnding
            : throw Conflict(
                $"It can't be told in which format '{output}' is to be written.",
                $"Say it with '--format'; there are {string.Join(", ", Formats.Keys)}.");
    }

    static int? Size(string? text, string option)
    {
        const long MiB = 1 << 20;
        if (text is null)
            return null;
        var size = TableStore.ParseSize(text) / MiB;
        return size is > 0 and <= int.MaxValue ? (int)size : throw Value(option, "at least 1mb");
    }

    static TimeSpan Positive(TimeSpan span, string text) =>
        span > TimeSpan.Zero && span.TotalMilliseconds < int.MaxValue
            ? span : throw Value($"--timeout {text}", "a span from 1s to 24d");

    static MillraceException Value(string option, string wanted) => new(
        ErrorKind.Invalid, "option-value", $"'{option}' takes {wanted}.", "Correct the value.");

    static MillraceException Conflict(string message, string hint) =>
        new(ErrorKind.Invalid, "option-conflict", message, hint);
}
