using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Reads commits and walks from them to those before.</summary>
sealed class CommitHistory(ObjectStore objects)
{
    /// <exception cref="MillraceException"><c>object-missing</c>, <c>commit-damaged</c>.</exception>
    public Commit Read(ContentHash id) => TryRead(id) ?? throw new MillraceException(
        ErrorKind.Corrupt, "commit-damaged", $"Object {id} is not a commit.",
        "'millrace fsck' lists what is damaged; 'millrace fetch' takes it again from a remote.");

    /// <returns>Null when the object is there and is no commit.</returns>
    public Commit? TryRead(ContentHash id) =>
        objects.Size(id) > 2 * Commit.MessageBytesMax ? null : Commit.TryRead(objects.Read(id));

    /// <summary>The commits from some on, each once: the newest first, and none before a commit that has it as its
    /// parent.</summary>
    public IEnumerable<CommitEntry> Walk(IEnumerable<ContentHash> tips)
    {
        var seen = new HashSet<ContentHash>();
        var open = new PriorityQueue<CommitEntry, (long, ContentHash)>();
        foreach (var tip in tips)
            Add(tip);
        while (open.TryDequeue(out var entry, out _))
        {
            yield return entry;
            foreach (var parent in entry.Commit.Parents)
                Add(parent);
        }

        void Add(ContentHash id)
        {
            if (!seen.Add(id))
                return;
            var commit = Read(id);
            open.Enqueue(new CommitEntry(id, commit), (-commit.Time.UtcTicks, id));
        }
    }

    /// <summary>The newest commit that both come from; null when they have none in common. Of several that do not come
    /// from each other, one.</summary>
    public ContentHash? MergeBase(ContentHash ours, ContentHash theirs)
    {
        // Commits whose clocks ran backwards are seen late: so everything above both is looked at, and then the one is
        // taken that no other comes from.
        var ofOurs = Walk([ours]).Select(entry => entry.Id).ToHashSet();
        var open = new Queue<ContentHash>([theirs]);
        var seen = new HashSet<ContentHash> { theirs };
        var found = new List<ContentHash>();
        while (open.TryDequeue(out var id))
        {
            if (ofOurs.Contains(id))
            {
                found.Add(id);
                continue;
            }

            foreach (var parent in Read(id).Parents)
            {
                if (seen.Add(parent))
                    open.Enqueue(parent);
            }
        }

        if (found.Count <= 1)
            return found.Count == 0 ? null : found[0];
        var independent = found.Where(
            candidate => !found.Any(other => other != candidate && IsAncestor(candidate, other))).ToList();
        return independent.OrderByDescending(id => Read(id).Time).ThenBy(id => id).First();
    }

    /// <summary>Whether one commit is another or comes before it.</summary>
    public bool IsAncestor(ContentHash ancestor, ContentHash of) => Walk([of]).Any(entry => entry.Id == ancestor);
}
