using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tables.Statements;

namespace Millrace.Tables;

/// <summary>The views of a workspace: queries in the catalog that are read like tables.</summary>
public sealed class ViewStore
{
    const string Columns = "select name, query, reads, created_at from table_view";

    readonly ICatalog _catalog;

    internal ViewStore(ICatalog catalog) => _catalog = catalog;

    /// <summary>All views, by name.</summary>
    public Task<List<TableView>> ListAsync(CancellationToken cancellationToken = default) =>
        _catalog.ReadAsync(All, cancellationToken);

    /// <summary>A view by name, in letters of either case; null when there is none.</summary>
    public async Task<TableView?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        Find(await ListAsync(cancellationToken).ConfigureAwait(false), name);

    /// <summary>Keeps a view.</summary>
    /// <param name="view">What is kept.</param>
    /// <param name="mode">What becomes of one of that name.</param>
    /// <param name="inputs">The versions that it reads now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when one is there that shall stay.</returns>
    /// <exception cref="MillraceException"><c>table-exists</c>, <c>view-exists</c>, <c>view-cycle</c>.</exception>
    internal Task<bool> SaveAsync(
        TableView view, CreateMode mode, IReadOnlyList<ThingVersion> inputs, CancellationToken cancellationToken) =>
        _catalog.WriteAsync(
            session =>
            {
                RefuseTable(session, view.Name);
                var views = All(session);
                var known = Find(views, view.Name);
                if (known is not null && mode != CreateMode.Replace)
                {
                    return mode == CreateMode.IfMissing ? false : throw new MillraceException(
                        ErrorKind.Invalid, "view-exists", $"There is a view '{known.Name}' already.",
                        "Choose another name, or write CREATE OR REPLACE VIEW.");
                }

                RefuseCycle(views, view);
                if (known is not null)
                {
                    session.Execute("delete from table_view where name = @name", ("name", known.Name));
                }

                var run = Note(session, $"view create {view.Name}", view.Query, inputs);
                session.Execute(
                    """
                    insert into table_view (name, query, reads, run_id, created_at)
                    values (@name, @query, @reads, @run, @now)
                    """,
                    ("name", view.Name), ("query", view.Query),
                    ("reads", JsonSerializer.Serialize([.. view.Reads], TablesJson.Default.ListString)),
                    ("run", run), ("now", session.Now));
                return true;
            },
            cancellationToken);

    /// <summary>Takes a view away.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="MillraceException"><c>view-needed</c>: other views read it.</exception>
    internal Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => _catalog.WriteAsync(
        session =>
        {
            var views = All(session);
            if (Find(views, name) is not { } view)
            {
                return false;
            }

            RefuseNeeded(views, view.Name, "View");
            session.Execute("delete from table_view where name = @name", ("name", view.Name));
            Note(session, $"view drop {view.Name}", view.Query, []);
            return true;
        },
        cancellationToken);

    /// <summary>Refuses to take away what views read.</summary>
    /// <exception cref="MillraceException"><c>view-needed</c>.</exception>
    internal async Task CheckUnreadAsync(string table, CancellationToken cancellationToken) =>
        RefuseNeeded(await ListAsync(cancellationToken).ConfigureAwait(false), table, "Table");

    /// <summary>Refuses a name that is a view's.</summary>
    /// <exception cref="MillraceException"><c>view-exists</c>.</exception>
    internal static void RefuseView(CatalogSession session, string table)
    {
        if (session.Count("select count(*) from table_view where lower(name) = @name",
            ("name", table.ToLowerInvariant())) > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "view-exists", $"There is a view '{table}', so no table can have that name.",
                $"Choose another name, or drop the view with 'millrace sql \"drop view {table}\"'.");
        }
    }

    static void RefuseTable(CatalogSession session, string view)
    {
        if (session.First(
            "select name from data_table where dropped_at is null and lower(name) = @name", row => row.Text(0),
            ("name", view.ToLowerInvariant())) is { } table)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-exists", $"There is a table '{table}', so no view can have that name.",
                "Choose another name.");
        }
    }

    static void RefuseNeeded(List<TableView> views, string name, string what)
    {
        List<string> readers = [.. views.Where(view => !IsSame(view.Name, name) && view.Reads.Any(
            read => IsSame(read, name) || read.StartsWith(name + "@", StringComparison.OrdinalIgnoreCase)))
            .Select(view => view.Name)];
        if (readers.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "view-needed",
                $"{what} '{name}' is read by the view{(readers.Count == 1 ? "" : "s")} {string.Join(", ", readers)}.",
                "Drop or replace those first.");
        }
    }

    /// <summary>Goes from a view to the views that it reads, and refuses it when it comes back.</summary>
    static void RefuseCycle(List<TableView> views, TableView view)
    {
        var byName = new Dictionary<string, TableView>(StringComparer.OrdinalIgnoreCase);
        views.ForEach(known => byName[known.Name] = known);
        byName[view.Name] = view;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<(string Name, string Way)>([(view.Name, view.Name)]);
        while (open.TryPop(out var next))
        {
            foreach (var read in byName.GetValueOrDefault(next.Name)?.Reads ?? [])
            {
                if (IsSame(read, view.Name))
                {
                    throw new MillraceException(
                        ErrorKind.Invalid, "view-cycle", $"View '{view.Name}' would read itself: {next.Way} → {read}.",
                        "Let it read tables, or views that do not read it.");
                }

                if (seen.Add(read))
                {
                    open.Push((read, $"{next.Way} → {read}"));
                }
            }
        }
    }

    static string Note(CatalogSession session, string name, string query, IReadOnlyList<ThingVersion> inputs)
    {
        var now = CatalogTime.FromMicroseconds(session.Now);
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", name, null, null, "millrace/1",
            new JsonObject { ["sql"] = query }.ToJsonString(), RunOutcome.Succeeded, null, now, now);
        LineageLog.StartRun(session, run);
        foreach (var input in inputs)
        {
            LineageLog.AddEdge(session, new LineageEdge(run.Id, input.Id, false, input.Name));
        }

        return run.Id;
    }

    static List<TableView> All(CatalogSession session) => session.Query(
        $"{Columns} order by name",
        row => new TableView(
            row.Text(0), row.Text(1), JsonSerializer.Deserialize(row.Text(2), TablesJson.Default.ListString)!,
            row.Time(3)));

    static TableView? Find(List<TableView> views, string name) => views.Find(view => view.Name == name)
        ?? views.Find(view => IsSame(view.Name, name));

    static bool IsSame(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
