using System.Collections.Concurrent;

namespace Millrace.Tables.Places;

/// <summary>Entries of logs that were read, by their name and tag, so that one process reads each once. Thread-safe.
/// </summary>
sealed class EntryMemory
{
    /// <summary>A larger entry is read again each time.</summary>
    public const int EntryBytesMax = 1 << 20;

    /// <summary>When all together are larger, all are forgotten.</summary>
    const long BytesMax = 64 << 20;

    readonly ConcurrentDictionary<(string Name, string Tag), byte[]> _entries = new();
    long _bytes;

    public byte[]? Find(string name, string tag) => _entries.GetValueOrDefault((name, tag));

    public void Add(string name, string tag, byte[] bytes)
    {
        if (bytes.Length > EntryBytesMax || tag.Length == 0 || !_entries.TryAdd((name, tag), bytes)
            || Interlocked.Add(ref _bytes, bytes.Length) <= BytesMax)
        {
            return;
        }

        _entries.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }
}
