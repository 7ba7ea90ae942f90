namespace Millrace.Versions.Files;

/// <summary>Deals out what a checkout writes, in the order of the walk, so that only what is being written is in
/// memory. For many threads.</summary>
/// <remarks>The files of a folder that follow each other come in one part: two threads that make small files in one
/// folder would wait for its lock, and burn time in that. Large files are parted.</remarks>
/// <param name="changes">What changes; what is removed and tables are left out. It is walked once.</param>
sealed class ChangeParts(IEnumerable<TreeChange> changes) : IDisposable
{
    /// <summary>So many files are one part though they are in several folders.</summary>
    const int CountMin = 256;

    /// <summary>Files of one folder with more bytes than this are parted among threads.</summary>
    const long SizeMax = 64 << 20;

    readonly Lock _lock = new();
    readonly IEnumerator<TreeChange> _changes = changes.GetEnumerator();
    TreeChange? _next;

    /// <summary>The next part; null when there is none.</summary>
    public List<PlacedFile>? Take()
    {
        lock (_lock)
        {
            var part = new List<PlacedFile>();
            var (folder, size) = (default(string), 0L);
            while (Peek() is { } change)
            {
                var isInFolder = folder is not null && PlacedFile.IsIn(folder, change.Path);
                if (size > SizeMax || (!isInFolder && part.Count >= CountMin))
                    break;
                if (!isInFolder)
                    folder = change.Path[..Math.Max(change.Path.LastIndexOf('/'), 0)];
                part.Add(new PlacedFile(change, folder!));
                size += change.After!.SizeBytes;
                _next = null;
            }

            return part.Count == 0 ? null : part;
        }
    }

    public void Dispose() => _changes.Dispose();

    TreeChange? Peek()
    {
        while (_next is null && _changes.MoveNext())
        {
            if (_changes.Current.After is { Kind: not TreeEntryKind.Table })
                _next = _changes.Current;
        }

        return _next;
    }
}
