using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>What a writer left in the link cache is nobody's after this time.</summary>
    static readonly TimeSpan LinksLeftMax = TimeSpan.FromDays(1);

    LinkCache Links => new(Path.Join(_data, "cache", "files"), _objects);

    /// <summary>Files of the link cache that are not what their name says, of which none is linked again.</summary>
    public IEnumerable<string> DamagedLinks(CancellationToken cancellationToken = default) =>
        Links.Damaged(cancellationToken);

    /// <summary>Removes them, so that they are made anew. Files of checkouts that were linked to one keep its bytes,
    /// and <c>status</c> names them as changed.</summary>
    /// <returns>Those that were removed.</returns>
    public IReadOnlyList<string> RemoveDamagedLinks(CancellationToken cancellationToken = default)
    {
        var damaged = DamagedLinks(cancellationToken).ToList();
        damaged.ForEach(File.Delete);
        return damaged;
    }

    /// <summary>Removes files of the link cache that no checkout links to, and this one will not ask for.</summary>
    /// <param name="isDryRun">Whether nothing is removed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many files and bytes.</returns>
    public (long Count, long SizeBytes) PruneLinks(bool isDryRun, CancellationToken cancellationToken = default)
    {
        var needed = new HashSet<ContentHash>();
        if (_settings.Checkout != CheckoutMode.Copy)
        {
            foreach (var folder in FileIndex.Load(_state.IndexFile).Folders.Values)
                needed.UnionWith(folder.Records.Select(record => record.Hash));
        }

        return Links.Prune(needed.Contains, isDryRun, _time.GetUtcNow() - LinksLeftMax, cancellationToken);
    }
}
