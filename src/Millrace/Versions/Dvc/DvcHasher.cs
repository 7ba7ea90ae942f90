using System.Security.Cryptography;

namespace Millrace.Versions.Dvc;

/// <summary>Computes an MD5 as DVC does. DVC 2 turned CRLF into LF in each block of 1 MiB whose first 512 bytes look
/// like text; a pair that two blocks part stays.</summary>
sealed class DvcHasher : IDisposable
{
    const int BlockSize = 1 << 20;
    const int TextProbeSize = 512;
    const double OtherBytesMax = 0.30;

    readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    readonly byte[]? _block;
    int _used;

    public DvcHasher(string algorithm) => _block = algorithm == DvcDigest.Md5Dos2Unix ? new byte[BlockSize] : null;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_block is null)
        {
            _md5.AppendData(bytes);
            return;
        }

        while (bytes.Length > 0)
        {
            var count = Math.Min(bytes.Length, BlockSize - _used);
            bytes[..count].CopyTo(_block.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
            if (_used == BlockSize)
                EndBlock();
        }
    }

    /// <returns>32 hexadecimal digits.</returns>
    public string Complete()
    {
        if (_block is not null)
            EndBlock();
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        _md5.GetHashAndReset(hash);
        return Convert.ToHexStringLower(hash);
    }

    public void Dispose() => _md5.Dispose();

    void EndBlock()
    {
        var bytes = _block.AsSpan(0, _used);
        _used = 0;
        if (LooksLikeText(bytes[..Math.Min(bytes.Length, TextProbeSize)]))
        {
            for (var pair = bytes.IndexOf("\r\n"u8); pair >= 0; pair = bytes.IndexOf("\r\n"u8))
            {
                _md5.AppendData(bytes[..pair]);
                bytes = bytes[(pair + 1)..];
            }
        }

        _md5.AppendData(bytes);
    }

    static bool LooksLikeText(ReadOnlySpan<byte> bytes)
    {
        var others = 0;
        foreach (var value in bytes)
        {
            if (value == 0)
                return false;
            if (value is not ((>= 32 and < 127) or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'\f' or (byte)'\b'))
                others++;
        }

        return bytes.Length == 0 || (double)others / bytes.Length <= OtherBytesMax;
    }
}
