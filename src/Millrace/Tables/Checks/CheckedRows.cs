using Millrace.Tables.Edits;

namespace Millrace.Tables.Checks;

/// <summary>The rows that checks of a table look at, as views of an SQL engine: those that a version brings, the table
/// as it is going to be, and as it is. A view is made when it is asked for.</summary>
/// <remarks>Not thread-safe.</remarks>
sealed class CheckedRows : IDisposable
{
    // No table has a name with a blank.
    const string NewView = "new rows";
    const string TableView = "all rows";
    const string PreviousView = "rows before";
    const string BroughtView = "brought rows";
    const string ReplacedView = "replaced rows";

    readonly IReadOnlyList<DataFile> _brought;
    readonly IReadOnlyList<DataFile> _replaced;
    readonly Func<string, TableSnapshot?> _open;
    readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <param name="session">The engine; disposed with this.</param>
    /// <param name="after">The table as it is going to be.</param>
    /// <param name="brought">Its files that the version brings.</param>
    /// <param name="replaced">Files whose rows may stand in the brought ones again: these are not new.</param>
    /// <param name="before">The table as it is; null when there is none.</param>
    /// <param name="open">Another table by name; null when there is none.</param>
    public CheckedRows(
        SqlSession session,
        TableSnapshot after,
        IReadOnlyList<DataFile> brought,
        IReadOnlyList<DataFile> replaced,
        TableSnapshot? before,
        Func<string, TableSnapshot?> open)
    {
        Session = session;
        After = after;
        Before = before;
        _brought = brought;
        _replaced = replaced;
        _open = open;
    }

    public SqlSession Session { get; }

    public string Table => After.Name;

    public TableSnapshot After { get; }

    public TableSnapshot? Before { get; }

    /// <summary>Whether all rows of the table are new.</summary>
    public bool IsAllNew => _replaced.Count == 0 && _brought.Count == After.Files.Count;

    /// <summary>Whether rows may be brought that were there before.</summary>
    public bool BringsFiles => _brought.Count > 0;

    /// <summary>The name of the view of some rows.</summary>
    public string View(CheckScope rows)
    {
        if (rows == CheckScope.Table)
        {
            if (_made.Add(TableView))
            {
                Session.Attach(TableView, After);
            }

            return SqlName.Quote(TableView);
        }

        if (_made.Add(NewView))
        {
            MakeNew();
        }

        return SqlName.Quote(NewView);
    }

    /// <summary>The name of the view of the version before; null when there is none.</summary>
    public string? Previous()
    {
        if (Before is not null && _made.Add(PreviousView))
        {
            Session.Attach(PreviousView, Before);
        }

        return Before is null ? null : SqlName.Quote(PreviousView);
    }

    /// <summary>The name of the view of another version of the table.</summary>
    /// <exception cref="MillraceException"><c>version-unknown</c>.</exception>
    public string Version(long number)
    {
        var view = $"rows of v{number}";
        if (_made.Add(view))
        {
            Session.Attach(
                view, Delta.DeltaLog.Read(Table, After.Storage, number) ?? throw TableStore.Missing(Table));
        }

        return SqlName.Quote(view);
    }

    /// <summary>Shows another table under its own name.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>.</exception>
    public void Attach(string table)
    {
        if (!_made.Contains(table))
        {
            Session.Attach(table, _open(table) ?? throw TableStore.Missing(table));
            _made.Add(table);
        }
    }

    /// <summary>Shows the tables that a query names, this one as it is going to be.</summary>
    public void AttachAll(string sql)
    {
        foreach (var name in EditScope.TablesIn(Session, sql).Distinct(StringComparer.Ordinal)
            .Where(name => SqlName.IsTable(name) && !_made.Contains(name)))
        {
            var view = name == Table ? View(CheckScope.Table)
                : name == Table + "$new" ? View(CheckScope.New)
                : name == Table + "$previous" ? Previous() ?? Nothing()
                : null;
            if (view is not null)
            {
                Session.Execute($"create or replace view {SqlName.Quote(name)} as select * from {view}");
                _made.Add(name);
            }
            else if (_open(name) is not null)
            {
                Attach(name);
            }
        }
    }

    public void Dispose() => Session.Dispose();

    void MakeNew()
    {
        if (_replaced.Count == 0)
        {
            Session.Attach(NewView, After, _brought);
            return;
        }

        // A file that is written anew holds rows that were there before, each as often as it was.
        Session.Attach(BroughtView, After, _brought);
        Session.Attach(ReplacedView, After, _replaced);
        Session.Execute(
            $"create temp table {SqlName.Quote(NewView)} as select * from {SqlName.Quote(BroughtView)} "
            + $"except all select * from {SqlName.Quote(ReplacedView)}");
    }

    /// <summary>A view of no rows with the table's columns, for a version before the first.</summary>
    string Nothing()
    {
        Session.Attach(PreviousView, After, []);
        return SqlName.Quote(PreviousView);
    }
}
