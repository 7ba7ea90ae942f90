namespace Millrace.Tables.Frames;

/// <summary>A frame as one query, with the sources that it reads.</summary>
/// <param name="Sql">In the dialect that was asked for.</param>
/// <param name="Sources">Each with the name of its view.</param>
sealed record FrameQuery(string Sql, IReadOnlyList<(FrameSource Source, string View)> Sources)
{
    /// <param name="dialect">Whose SQL it is.</param>
    /// <param name="block">What is asked.</param>
    /// <param name="prefix">Before the views' names.</param>
    /// <param name="asViews">Whether every source is a view, also one that SQL can say by itself.</param>
    public static FrameQuery Render(
        SqlDialect dialect, SelectBlock block, string prefix = "", bool asViews = false)
    {
        var views = new Dictionary<FrameSource, string>(ReferenceEqualityComparer.Instance);
        var taken = new HashSet<string>(ColumnName.Comparer);
        var sql = dialect.Select(
            block, source => asViews ? SqlName.Quote(ViewOf(source)) : source.Relation(ViewOf(source)));
        return new FrameQuery(sql, [.. views.Select(pair => (pair.Key, pair.Value))]);

        string ViewOf(FrameSource source)
        {
            if (views.TryGetValue(source, out var view))
                return view;
            view = prefix + source.Name;
            for (var number = 2; !taken.Add(view); number++)
                view = $"{prefix}{source.Name} {number}";
            return views[source] = view;
        }
    }
}
