namespace Millrace.Objects.Packs;

/// <summary>Where the entries of all packs are: an open-addressing table from the first 8 bytes of an id to pack and
/// place in its index. 16 bytes a slot, at most three quarters full.</summary>
/// <remarks>The ids themselves stay in the indexes; the caller compares. One id may be there more than once: in two
/// packs, or as a chunk and as a recipe. Not thread-safe.</remarks>
sealed class EntryTable
{
    const int SizeMin = 1024;

    Slot[] _slots = new Slot[SizeMin];

    public int Count { get; private set; }

    public void Clear()
    {
        _slots = new Slot[SizeMin];
        Count = 0;
    }

    /// <summary>Makes room for so many more, so that a large index does not grow the table step by step.</summary>
    public void Reserve(int more)
    {
        var size = _slots.Length;
        while (((long)Count + more) * 4 > (long)size * 3)
            size *= 2;
        if (size > _slots.Length)
            Grow(size);
    }

    /// <param name="prefix">The first 8 bytes of the id.</param>
    /// <param name="pack">The pack's number, from 0.</param>
    /// <param name="place">Where the entry begins in the pack's index.</param>
    public void Add(ulong prefix, int pack, int place)
    {
        Reserve(1);
        Insert(_slots, new Slot(prefix, pack + 1, place));
        Count++;
    }

    /// <summary>The first slot that may hold the id; go on with <see cref="Next"/>.</summary>
    public int First(ulong prefix) => (int)(prefix & (ulong)(_slots.Length - 1));

    public int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    /// <returns>False at the end of the run: the id is not there.</returns>
    public bool TryGet(int slot, out ulong prefix, out int pack, out int place)
    {
        var found = _slots[slot];
        (prefix, pack, place) = (found.Prefix, found.PackNumber - 1, found.Place);
        return found.PackNumber != 0;
    }

    void Grow(int size)
    {
        var slots = new Slot[size];
        foreach (var slot in _slots)
        {
            if (slot.PackNumber != 0)
                Insert(slots, slot);
        }

        _slots = slots;
    }

    static void Insert(Slot[] slots, Slot slot)
    {
        var mask = slots.Length - 1;
        var at = (int)(slot.Prefix & (ulong)mask);
        while (slots[at].PackNumber != 0)
            at = (at + 1) & mask;
        slots[at] = slot;
    }

    /// <param name="Prefix">The first 8 bytes of the id.</param>
    /// <param name="PackNumber">From 1; 0 is an empty slot.</param>
    /// <param name="Place">Where the entry begins in the pack's index.</param>
    readonly record struct Slot(ulong Prefix, int PackNumber, int Place);
}
