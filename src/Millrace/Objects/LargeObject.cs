using System.Buffers;
using System.Security.Cryptography;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>Content that comes in pieces: hashed as a whole and cut into chunks at once, on two cores, in constant
/// memory. What turns out small is one blob.</summary>
sealed class LargeObject(ObjectBatch batch) : IDisposable
{
    const int BufferSize = (1 << 20) + GearChunker.SizeMax;

    /// <summary>From so many bytes on, another thread hashes them meanwhile.</summary>
    const int ParallelMin = 256 * 1024;

    readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly List<RecipePart> _node = [];
    readonly List<RecipePart> _nodes = [];
    readonly List<RecipePart> _chunks = [];
    byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    int _carried;
    long _total;
    bool _isChunked;

    /// <summary>Where the next bytes go; never empty.</summary>
    public Memory<byte> Free => _buffer.AsMemory(_carried, BufferSize - _carried);

    /// <summary>Takes the first bytes of <see cref="Free"/>.</summary>
    public void Advance(int count)
    {
        _total += count;
        var from = _carried;
        _carried += count;
        // Content of up to the largest chunk is one blob, in whatever pieces it comes.
        if (!_isChunked && _total <= GearChunker.SizeMax)
            return;
        if (!_isChunked)
        {
            _isChunked = true;
            (from, count) = (0, _carried);
        }

        if (count < ParallelMin)
        {
            _sha.AppendData(_buffer, from, count);
            CutAll(isEnd: false);
            return;
        }

        var cut = _carried;
        var hashing = Task.Run(() => _sha.AppendData(_buffer, from, count));
        var taken = 0;
        try
        {
            taken = Cut(cut, isEnd: false);
        }
        finally
        {
#pragma warning disable VSTHRD002 // CPU work on two threads; a task that has not begun runs here.
            hashing.Wait();
#pragma warning restore VSTHRD002
        }

        Keep(taken);
    }

    /// <summary>Ends the content and adds it to the batch.</summary>
    public ContentHash Complete()
    {
        if (!_isChunked)
            return batch.PutBlob(_buffer.AsSpan(0, _carried));
        CutAll(isEnd: true);
        var hash = ContentHash.OfFinished(_sha);
        if (_node.Count > 0)
            EndNode();
        var recipe = _chunks.Count <= Recipe.DirectChunksMax
            ? Recipe.Of(EntryKind.Chunk, _chunks)
            : Recipe.Of(EntryKind.Node, _nodes);
        batch.PutRecipe(hash, recipe);
        return hash;
    }

    public void Dispose()
    {
        _sha.Dispose();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    void CutAll(bool isEnd) => Keep(Cut(_carried, isEnd));

    /// <summary>Puts the chunks that are whole.</summary>
    /// <returns>How many bytes they are.</returns>
    int Cut(int end, bool isEnd)
    {
        var position = 0;
        while (position < end)
        {
            var length = GearChunker.Cut(_buffer.AsSpan(position, end - position), isEnd);
            if (length == 0)
                break;
            var id = batch.PutChunk(_buffer.AsMemory(position, length));
            Add(new RecipePart(id, length));
            position += length;
        }

        return position;
    }

    void Keep(int taken)
    {
        _buffer.AsSpan(taken, _carried - taken).CopyTo(_buffer);
        _carried -= taken;
    }

    void Add(RecipePart chunk)
    {
        // Only a few are needed twice: whether they fit into the recipe itself shows at the end.
        if (_chunks.Count <= Recipe.DirectChunksMax)
            _chunks.Add(chunk);
        _node.Add(chunk);
        if (_chunks.Count > Recipe.DirectChunksMax)
            EndNodes();
    }

    /// <summary>Nodes are written only once it is clear that the object needs them.</summary>
    void EndNodes()
    {
        if (_nodes.Count == 0 && _node.Count > Recipe.DirectChunksMax)
        {
            List<RecipePart> all = [.. _node];
            _node.Clear();
            foreach (var chunk in all)
            {
                _node.Add(chunk);
                if (Recipe.EndsNode(chunk.Id, _node.Count))
                    EndNode();
            }
        }
        else if (Recipe.EndsNode(_node[^1].Id, _node.Count))
        {
            EndNode();
        }
    }

    void EndNode()
    {
        if (_chunks.Count <= Recipe.DirectChunksMax)
            return;
        var node = Recipe.Of(EntryKind.Chunk, _node);
        _nodes.Add(new RecipePart(batch.PutNode(node), node.Length));
        _node.Clear();
    }
}
