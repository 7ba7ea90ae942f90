using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>The nodes that were read last, for who asks for many paths in their order: else each would read the nodes
/// above it anew. For one thread.</summary>
sealed class TreeMemory
{
    const int NodesMax = 64;

    readonly Dictionary<ContentHash, TreeNode> _nodes = [];

    public TreeNode Read(ContentHash hash, Func<ContentHash, TreeNode> read)
    {
        if (_nodes.TryGetValue(hash, out var node))
            return node;
        // Those above are read again at once; it is a few of the many that were below.
        if (_nodes.Count >= NodesMax)
            _nodes.Clear();
        _nodes.Add(hash, node = read(hash));
        return node;
    }
}
