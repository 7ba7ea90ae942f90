using System.CommandLine;
using Millrace.Sources;

namespace Millrace.App.Sources;

/// <summary>The options of an ingest from a database.</summary>
sealed class DatabaseOptions
{
    readonly Option<string[]> _tables = new("--table")
    {
        Description = "Database: its tables to take, as a,b or repeated; for PostgreSQL also schema.table.",
        HelpName = "NAME",
    };

    readonly Option<bool> _all = new("--all") { Description = "Database: take every table, all from one state." };

    readonly Option<string?> _query = new("--query")
    {
        Description = "Database: take the rows of a query.",
        HelpName = "SQL",
    };

    readonly Option<string?> _cursor = new("--cursor")
    {
        Description = "Database: a column that only grows; the next ingest takes rows from its greatest value on.",
        HelpName = "COLUMN",
    };

    readonly Option<string?> _lookback = new("--lookback")
    {
        Description = "With --cursor: look so far back again for rows that came late: 2h, 3d, or a number.",
        HelpName = "SPAN",
    };

    readonly Option<bool> _mirror = new("--mirror")
    {
        Description = "Database, with --key: delete rows that the source does not have any more.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _tables, _all, _query, _cursor, _lookback, _mirror })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the sources are a database.</summary>
    /// <exception cref="MillraceException"><c>option-invalid</c>: an option of databases with files, or several
    /// databases.</exception>
    public bool IsDatabase(ParseResult parsed, IReadOnlyList<string> sources)
    {
        if (sources.Any(SourceDatabase.IsDatabase))
        {
            return sources.Count == 1 ? true : throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", "A database is ingested by itself.",
                "Run one command for each database, and one for the files.");
        }

        var given = new Option[] { _tables, _all, _query, _cursor, _lookback, _mirror }.FirstOrDefault(
            option => parsed.GetResult(option) is { Implicit: false });
        return given is null ? false : throw new MillraceException(
            ErrorKind.Invalid, "option-invalid", $"'{given.Name}' is for databases, and '{sources[0]}' is none.",
            "Write a database as 'sqlite:FILE' or 'postgres://user@host/database'.");
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="source">The database.</param>
    /// <param name="into">Where the rows go; null for their own names.</param>
    /// <param name="common">What the other options say.</param>
    public DatabaseIngestSettings Read(ParseResult parsed, string source, string? into, IngestSettings common) => new()
    {
        Database = SourceDatabase.Parse(source),
        Tables = IngestOptions.Names(parsed.GetValue(_tables) ?? []),
        TakesAllTables = parsed.GetValue(_all),
        Query = parsed.GetValue(_query),
        Into = into,
        Mode = common.Mode,
        OnDrift = common.OnDrift,
        KeyColumns = common.KeyColumns,
        Cursor = parsed.GetValue(_cursor),
        Lookback = parsed.GetValue(_lookback),
        DeletesOthers = parsed.GetValue(_mirror),
        IsDryRun = common.IsDryRun,
        IsRepeated = common.IsRepeated,
        Types = common.Types,
    };
}
