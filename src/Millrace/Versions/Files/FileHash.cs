using System.Buffers;
using System.Security.Cryptography;
using Millrace.Objects;
using Millrace.Objects.Packs;

namespace Millrace.Versions.Files;

/// <summary>The hash of a file on the disk that is stored nowhere.</summary>
static class FileHash
{
    const int BlockSize = 256 * 1024;

    /// <exception cref="MillraceException"><c>file-missing</c>, <c>file-unreadable</c>.</exception>
    public static ContentHash Of(string path)
    {
        using var file = SourceFile.Open(path, followsLinks: false);
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            var count = file.Read(block, path);
            if (count < block.Length)
                return ContentHash.Of(block.AsSpan(0, count));
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (; count > 0; count = file.Read(block, path))
                sha.AppendData(block, 0, count);
            return ContentHash.OfFinished(sha);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
