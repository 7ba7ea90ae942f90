using System.Runtime.CompilerServices;
using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Tables.Queries;

/// <summary>Views, for SQL.</summary>
static class ViewTables
{
    public static SystemTable Of(ViewStore views) => SystemTable.Of(
        "views", "A query with a name, which is read like a table.",
        [
            Text("name", "Its name."),
            Text("query", "Its text."),
            Text("reads", "The names that the text has, parted by commas."),
            Time("created_at", "When it was made or replaced."),
        ],
        token => Rows(views, token));

    static async IAsyncEnumerable<object?[]> Rows(
        ViewStore views, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var view in await views.ListAsync(cancellationToken).ConfigureAwait(false))
            yield return [view.Name, view.Query, string.Join(", ", view.Reads), view.CreatedAt];
    }
}
