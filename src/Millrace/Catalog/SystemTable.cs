namespace Millrace.Catalog;

/// <summary>Something that a room knows, shown to SQL as a table of the schema <c>millrace</c>. It is read when a query
/// names it, and shows what is there then.</summary>
/// <param name="Name">Plural, without the schema.</param>
/// <param name="About">What a row is.</param>
/// <param name="Columns">In order.</param>
/// <param name="ReadAsync">Hands over the rows one by one: a value for each column, of the column's type or null. The
/// array may be used again for the next row.</param>
sealed record SystemTable(
    string Name,
    string About,
    IReadOnlyList<SystemColumn> Columns,
    Func<Action<object?[]>, CancellationToken, Task> ReadAsync)
{
    /// <summary>The schema that all of them are in.</summary>
    public const string Schema = "millrace";

    /// <summary>One whose rows are those of a query of the catalog.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="name">Its name.</param>
    /// <param name="about">What a row is.</param>
    /// <param name="from">What follows <c>from</c>, in the words that SQLite and PostgreSQL share.</param>
    /// <param name="columns">Each with the expression that gives it.</param>
    public static SystemTable OfCatalog(
        ICatalog catalog, string name, string about, string from,
        params IReadOnlyList<(SystemColumn Column, string Sql)> columns)
    {
        var query = $"select {string.Join(", ", columns.Select(column => column.Sql))} from {from}";
        return new SystemTable(
            name, about, [.. columns.Select(column => column.Column)],
            (add, cancellationToken) => catalog.ReadAsync(
                session =>
                {
                    var row = new object?[columns.Count];
                    return session.Query(
                        query,
                        found =>
                        {
                            for (var i = 0; i < row.Length; i++)
                                row[i] = columns[i].Column.Read(found, i);
                            add(row);
                            return true;
                        }).Count;
                },
                cancellationToken));
    }

    /// <summary>One whose rows are made in memory.</summary>
    public static SystemTable Of(
        string name, string about, IReadOnlyList<SystemColumn> columns,
        Func<CancellationToken, IAsyncEnumerable<object?[]>> rows) => new(
        name, about, columns,
        async (add, cancellationToken) =>
        {
            await foreach (var row in rows(cancellationToken).ConfigureAwait(false))
                add(row);
        });
}
