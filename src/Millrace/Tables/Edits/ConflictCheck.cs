using System.Globalization;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Whether what others wrote since a change was begun leaves it true. Delta protocol, "Delta Log Entries", and
/// the rules that its other writers keep.</summary>
/// <remarks>Appends never meet. A change of rows meets another one when that added rows which its own condition asks
/// for, or took a file that it read and had found rows in; changes of columns, properties and protocol meet everything.
/// </remarks>
/// <param name="temporaryFolder">Where a query spills.</param>
/// <param name="table">What is to be written; with a change.</param>
sealed class ConflictCheck(string temporaryFolder, StagedTable table)
{
    public const string Code = "table-conflict";

    readonly TableChange _change = table.Change!;

    /// <param name="now">The table as it is now; null when there is none.</param>
    /// <exception cref="MillraceException"><c>table-conflict</c>, naming what the other one did.</exception>
    public void Check(TableSnapshot? now)
    {
        if (now is null)
        {
            return;
        }

        if (_change.ReadVersion < 0)
        {
            throw Conflict(now.Version, now.Note, "made the table first");
        }

        var files = now.Storage;
        for (var version = _change.ReadVersion + 1; version <= now.Version; version++)
        {
            var actions = DeltaLog.ReadEntry(now.Name, files, version)
                ?? throw Conflict(version, null, "was cleaned out of the log already");
            Check(now, version, actions);
        }
    }

    void Check(TableSnapshot now, long version, DeltaActions actions)
    {
        if (actions.Protocol is not null)
        {
            throw Conflict(version, actions.Note, "changed what writers of the table must know");
        }

        if (actions.Metadata is not null)
        {
            throw Conflict(version, actions.Note, "changed the table's columns or properties");
        }

        if (_change.Metadata is not null && (actions.Added.Count > 0 || actions.Removed.Count > 0))
        {
            throw Conflict(version, actions.Note, "wrote rows under the columns and properties that are to change");
        }

        if (actions.Transactions.FirstOrDefault(
            mark => _change.Transactions.Any(own => own.AppId == mark.AppId)) is { } twice)
        {
            throw Conflict(version, actions.Note, $"came further as application '{twice.AppId}'");
        }

        if (actions.Domains.FirstOrDefault(
            domain => _change.Domains.Any(own => own.Domain == domain.Domain)) is { } shared)
        {
            throw Conflict(version, actions.Note, $"changed the setting '{shared.Domain}'");
        }

        var own = _change.Removed.Select(file => file.Key).Concat(_change.ReadFiles).ToHashSet(StringComparer.Ordinal);
        if (actions.Removed.FirstOrDefault(file => own.Contains(file.Key)) is { } gone)
        {
            throw Conflict(
                version, actions.Note, $"took the file '{gone.Path}' out, which this {_change.Operation} read");
        }

        var added = actions.Added.Where(file => file.IsDataChange ?? true).ToList();
        if (added.Count > 0 && _change.ReadCondition is { } condition && Covers(now, condition, added))
        {
            throw Conflict(
                version, actions.Note,
                $"added rows that this {_change.Operation} would have read"
                + (condition == TableChange.AllRows ? "" : $" ({condition})"));
        }
    }

    bool Covers(TableSnapshot now, string condition, List<DataFile> added)
    {
        if (condition == TableChange.AllRows)
        {
            return true;
        }

        using var session = new SqlSession(temporaryFolder);
        try
        {
            session.Attach(now.Name, now, added);
            return session.Value<bool>(
                $"select exists (select 1 from {SqlName.Quote(now.Name)} where ({condition}\n))");
        }
        catch (MillraceException exception) when (exception.Code == "sql-failed")
        {
            // A condition over other tables too: it can't be told here, and the careful answer is always right.
            return true;
        }
    }

    MillraceException Conflict(long version, CommitNote? note, string what)
    {
        var who = note?.Operation is { } operation ? $"its {operation}" : "it";
        return new MillraceException(
            ErrorKind.Conflict, Code,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Table '{table.Name}' was changed by another writer while this {_change.Operation} worked from "
                + $"v{_change.ReadVersion}: v{version} is another's, and {who} {what}."),
            "Run the same command again: it reads the table as it is now. Nothing of this one was kept.");
    }
}
