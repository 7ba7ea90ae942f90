using System.IO.Hashing;

namespace Millrace.Sources.Reading;

/// <summary>Finds a column by the bytes of its name.</summary>
sealed class NameTable
{
    readonly List<byte[]> _names = [];
    readonly Dictionary<ulong, List<int>> _byHash = [];

    public int Count => _names.Count;

    /// <summary>The name's bytes.</summary>
    public ReadOnlySpan<byte> this[int index] => _names[index];

    /// <summary>The index of a name; -1 when it is none of them.</summary>
    /// <param name="name">The name.</param>
    /// <param name="expected">Where it most likely is: records have their keys in the same order mostly.</param>
    public int Find(ReadOnlySpan<byte> name, int expected)
    {
        if ((uint)expected < (uint)_names.Count && name.SequenceEqual(_names[expected]))
        {
            return expected;
        }

        if (_byHash.TryGetValue(XxHash3.HashToUInt64(name), out var candidates))
        {
            foreach (var index in candidates)
            {
                if (name.SequenceEqual(_names[index]))
                {
                    return index;
                }
            }
        }

        return -1;
    }

    public int Add(ReadOnlySpan<byte> name)
    {
        var hash = XxHash3.HashToUInt64(name);
        if (!_byHash.TryGetValue(hash, out var candidates))
        {
            _byHash[hash] = candidates = [];
        }

        candidates.Add(_names.Count);
        _names.Add(name.ToArray());
        return _names.Count - 1;
    }
}
