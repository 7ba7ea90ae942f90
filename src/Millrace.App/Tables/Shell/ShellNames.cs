using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables.Shell;

/// <summary>The names of a workspace, read when the first of them is asked for and forgotten when something may have
/// changed.</summary>
sealed class ShellNames(Workspace workspace)
{
    const string SystemColumns = "from millrace.system_columns select table_name, name order by table_name, number";

    readonly Dictionary<string, IReadOnlyList<string>> _columns = new(StringComparer.OrdinalIgnoreCase);
    Dictionary<string, IReadOnlyList<string>>? _system;
    List<string>? _tables;

    /// <summary>Tables, views, and tables of the schema <c>millrace</c> with it before them.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(CancellationToken cancellationToken)
    {
        if (_tables is not null)
        {
            return _tables;
        }

        _system ??= await SystemAsync(cancellationToken).ConfigureAwait(false);
        var tables = await workspace.Tables.ListAsync(cancellationToken).ConfigureAwait(false);
        var views = await workspace.Tables.Views.ListAsync(cancellationToken).ConfigureAwait(false);
        return _tables =
            [.. tables.Select(table => table.Name), .. views.Select(view => view.Name), .. _system.Keys];
    }

    /// <summary>The columns of a table or view; none when they can't be told.</summary>
    public async Task<IReadOnlyList<string>> ColumnsAsync(string table, CancellationToken cancellationToken)
    {
        if (_system?.GetValueOrDefault(table) is { } known)
        {
            return known;
        }

        if (!_columns.TryGetValue(table, out var columns))
        {
            _columns[table] = columns = await ReadAsync(
                $"from {SqlName.Quote(table)} limit 0", cancellationToken).ConfigureAwait(false);
        }

        return columns;
    }

    /// <summary>Forgets what a statement may have changed.</summary>
    public void Forget()
    {
        _tables = null;
        _columns.Clear();
    }

    async Task<IReadOnlyList<string>> ReadAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            using var query = await workspace.Tables.Sql.PrepareAsync(
                sql, new SqlQueryOptions { Threads = 1 }, cancellationToken).ConfigureAwait(false);
            return [.. query.Columns(cancellationToken).Select(column => column.Name)];
        }
        catch (MillraceException)
        {
            // A table that can't be read has no names to offer; whoever reads it is told why.
            return [];
        }
    }

    async Task<Dictionary<string, IReadOnlyList<string>>> SystemAsync(CancellationToken cancellationToken)
    {
        using var query = await workspace.Tables.Sql.PrepareAsync(
            SystemColumns, new SqlQueryOptions { Threads = 1 }, cancellationToken).ConfigureAwait(false);
        return query.Session.Rows(query.Text, reader => (Table: reader.GetString(0), Column: reader.GetString(1)))
            .GroupBy(pair => $"millrace.{pair.Table}").ToDictionary(
                group => group.Key, group => (IReadOnlyList<string>)[.. group.Select(pair => pair.Column)],
                StringComparer.OrdinalIgnoreCase);
    }
}
