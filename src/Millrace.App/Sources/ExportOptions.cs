using System.CommandLine;
using Millrace.Sources;

namespace Millrace.App.Sources;

/// <summary>The options that say what is written, and where.</summary>
sealed class ExportOptions
{
    readonly Option<string> _to = new("--to")
    {
        Description = "A file, s3://bucket/key, - for standard output; or a table of a database as "
            + "sqlite:FILE#table or postgres://user@host/database/table.",
        Required = true,
        HelpName = "TARGET",
    };

    readonly Option<string?> _format = new("--format")
    {
        Description = "The format; else the target's ending tells it.",
    };

    readonly Option<string[]> _columns = new("--column")
    {
        Description = "A column to write; may be repeated; all when left out.",
        HelpName = "NAME",
    };

    readonly Option<bool> _replace = new("--replace")
    {
        Description = "Replace a file that is there, or all rows of a database's table.",
    };

    readonly Option<string> _mode = new("--mode")
    {
        Description = "Database: whether rows are added, replace all others, or those of the same --key.",
        DefaultValueFactory = _ => "append",
    };

    readonly Option<string[]> _keys = new("--key")
    {
        Description = "Database: columns that tell rows apart, as a,b or repeated.",
        HelpName = "COLUMN",
    };

    public ExportOptions()
    {
        _format.AcceptOnlyFromAmong([.. FormatNames.Written.Keys]);
        _mode.AcceptOnlyFromAmong("append", "replace", "upsert");
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _to, _format, _columns, _replace, _mode, _keys })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="MillraceException"><c>option-invalid</c>.</exception>
    public ExportSettings Read(ParseResult parsed, string table, string? version)
    {
        var mode = parsed.GetValue(_mode)!;
        return new ExportSettings
        {
            Table = table,
            Version = version,
            Target = parsed.GetValue(_to)!,
            Format = parsed.GetValue(_format) is { } word ? FormatNames.Written[word] : SourceFormat.Auto,
            Columns = parsed.GetValue(_columns) ?? [],
            Replaces = parsed.GetValue(_replace) || mode == "replace",
            KeyColumns = Keys(mode, parsed.GetValue(_keys) ?? []),
        };
    }

    static IReadOnlyList<string> Keys(string mode, string[] keys)
    {
        var names = IngestOptions.Names(keys);
        return mode == "upsert" == names.Count > 0 ? names : throw new MillraceException(
            ErrorKind.Invalid, "option-invalid",
            names.Count > 0 ? $"'--key' is for '--mode upsert', and the mode is '{mode}'."
                : "Nothing tells which rows '--mode upsert' replaces.",
            "Write '--mode upsert --key COLUMN'.");
    }
}
