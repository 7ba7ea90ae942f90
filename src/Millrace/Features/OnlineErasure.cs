using Millrace.Catalog;

namespace Millrace.Features;

/// <summary>Takes entities out of the segments of a feature view.</summary>
/// <param name="folder">The online store's folder.</param>
sealed class OnlineErasure(string folder)
{
    /// <summary>The segments of a view that hold one of some entities, by their hash.</summary>
    /// <param name="view">The feature view.</param>
    /// <param name="columns">What the parts of the keys are called.</param>
    /// <param name="keys">Keys as texts, parts with tabs between.</param>
    /// <returns>None when the view is not told apart by these columns.</returns>
    public IReadOnlyList<string> Find(string view, IReadOnlyList<string> columns, IReadOnlySet<string> keys)
    {
        var place = Path.Combine(folder, view);
        if (keys.Count == 0 || !Directory.Exists(place))
            return [];
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(place, "*.seg").Order(StringComparer.Ordinal))
        {
            using var segment = OnlineSegment.Open(path);
            if (segment.Schema.Keys.Select(key => key.Name).SequenceEqual(columns)
                && segment.Rows().Any(row => keys.Contains(Text(row.Key))))
            {
                found.Add(Path.GetFileNameWithoutExtension(path));
            }
        }

        return found;
    }

    /// <summary>Writes a segment again without some entities, under the name of its own hash.</summary>
    public (string Hash, int Count) Stage(string view, string hash, IReadOnlySet<string> keys, string attemptId)
    {
        var aside = Path.Combine(folder, view, $"{attemptId}.seg");
        using var segment = OnlineSegment.Open(OnlineStore.SegmentPath(folder, view, hash));
        var writer = new OnlineSegmentWriter(aside, segment.Schema);
        foreach (var row in segment.Rows())
        {
            if (!keys.Contains(Text(row.Key)))
                writer.Add(row.Key, row.Values);
        }

        var made = writer.Complete();
        DurableFile.Publish(aside, OnlineStore.SegmentPath(folder, view, made));
        return (made, writer.Count);
    }

    /// <summary>Deletes segments; those that are gone are no error.</summary>
    public void Delete(string view, IEnumerable<string> hashes)
    {
        foreach (var hash in hashes)
            File.Delete(OnlineStore.SegmentPath(folder, view, hash));
        var place = Path.Combine(folder, view);
        if (Directory.Exists(place))
            DurableFile.SyncFolder(place);
    }

    // As SQL casts the key's columns to text.
    static string Text(IReadOnlyList<object?> key) => string.Join('\t', key.Select(part => part switch
    {
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(part, System.Globalization.CultureInfo.InvariantCulture),
    }));
}
