using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Millrace.Objects;

/// <summary>The SHA-256 of some bytes, which is their address: equal bytes ⇔ equal hash. The same id that git-lfs, the
/// Hugging Face Hub and OCI registries use.</summary>
/// <remarks>Ordered as its bytes are, which is the order of its hexadecimal text. The default value is 32 zero bytes,
/// which no known content has.</remarks>
public readonly record struct ContentHash : IComparable<ContentHash>
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    /// <summary>Characters of its text.</summary>
    public const int TextLength = 64;

    const int BlockSize = 256 * 1024;

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    readonly ulong _first;
    readonly ulong _second;
    readonly ulong _third;
    readonly ulong _fourth;

    /// <param name="bytes">Exactly 32 bytes, as SHA-256 gives them.</param>
    public ContentHash(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The first 8 hexadecimal digits, for messages and listings.</summary>
    public string Short => ToString()[..8];

    public static bool operator <(ContentHash left, ContentHash right) => left.CompareTo(right) < 0;

    public static bool operator >(ContentHash left, ContentHash right) => left.CompareTo(right) > 0;

    public static bool operator <=(ContentHash left, ContentHash right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ContentHash left, ContentHash right) => left.CompareTo(right) >= 0;

    /// <summary>The hash of bytes in memory.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(bytes, hash);
        return new ContentHash(hash);
    }

    /// <summary>The hash of a file's bytes as they are while it reads.</summary>
    public static async Task<ContentHash> OfFileAsync(string path, CancellationToken cancellationToken = default)
    {
        using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            var offset = 0L;
            int count;
            do
            {
                count = await RandomAccess.ReadAsync(handle, block, offset, cancellationToken).ConfigureAwait(false);
                sha.AppendData(block, 0, count);
                offset += count;
            }
            while (count > 0);
            return OfFinished(sha);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="MillraceException"><c>hash-invalid</c>: the text is anything else.</exception>
    public static ContentHash Parse(string text) => TryParse(text, out var hash)
        ? hash
        : throw new MillraceException(
            ErrorKind.Invalid,
            "hash-invalid",
            $"'{text}' is not a content hash; one has 64 digits of 0-9 and a-f.",
            "Copy the whole hash, in lower case.");

    /// <summary>Reads 64 lower-case hexadecimal digits; upper case is refused, so that a hash has one
    /// spelling.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ContentHash hash)
    {
        hash = default;
        return text is not null && TryParse(text.AsSpan(), out hash);
    }

    /// <inheritdoc cref="TryParse(string?, out ContentHash)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out ContentHash hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != TextLength || text.ContainsAnyExcept(Digits))
            return false;
        Convert.FromHexString(text, bytes, out _, out _);
        hash = new ContentHash(bytes);
        return true;
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="target">At least 32 bytes.</param>
    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, _first);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], _fourth);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public int CompareTo(ContentHash other)
    {
        var order = _first.CompareTo(other._first);
        if (order == 0)
            order = _second.CompareTo(other._second);
        if (order == 0)
            order = _third.CompareTo(other._third);
        return order != 0 ? order : _fourth.CompareTo(other._fourth);
    }

    /// <summary>The first 8 bytes, big-endian: spread evenly, so that tables need no hash of their own.</summary>
    internal ulong Prefix => _first;

    /// <summary>The bytes are spread evenly already.</summary>
    public override int GetHashCode() => (int)_first;

    internal static ContentHash OfFinished(IncrementalHash sha)
    {
        Span<byte> hash = stackalloc byte[Size];
        sha.GetHashAndReset(hash);
        return new ContentHash(hash);
    }
}
