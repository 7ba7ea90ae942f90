using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using Millrace.Objects;

namespace Millrace.Buckets.Payload;

/// <summary>A checksum that is computed while bytes go by. For one thread at a time.</summary>
public sealed class ChecksumHash : IDisposable
{
    readonly Crc32? _crc32;
    readonly IncrementalHash? _hash;
    ulong _crc;

    public ChecksumHash(ChecksumAlgorithm algorithm)
    {
        Algorithm = algorithm;
        switch (algorithm)
        {
            case ChecksumAlgorithm.Crc32:
                _crc32 = new Crc32();
                break;
            case ChecksumAlgorithm.Crc32C:
                _crc = Crc32C.Start;
                break;
            case ChecksumAlgorithm.Crc64Nvme:
                _crc = Crc64Nvme.Start;
                break;
            default:
                _hash = IncrementalHash.CreateHash(
                    algorithm == ChecksumAlgorithm.Sha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
                break;
        }
    }

    public ChecksumAlgorithm Algorithm { get; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        switch (Algorithm)
        {
            case ChecksumAlgorithm.Crc32:
                _crc32!.Append(bytes);
                break;
            case ChecksumAlgorithm.Crc32C:
                _crc = Crc32C.Append((uint)_crc, bytes);
                break;
            case ChecksumAlgorithm.Crc64Nvme:
                _crc = Crc64Nvme.Append(_crc, bytes);
                break;
            default:
                _hash!.AppendData(bytes);
                break;
        }
    }

    /// <summary>The checksum so far, its most significant byte first.</summary>
    public byte[] Current()
    {
        var bytes = new byte[Algorithm.SizeBytes()];
        switch (Algorithm)
        {
            case ChecksumAlgorithm.Crc32:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, _crc32!.GetCurrentHashAsUInt32());
                break;
            case ChecksumAlgorithm.Crc32C:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, ~(uint)_crc);
                break;
            case ChecksumAlgorithm.Crc64Nvme:
                BinaryPrimitives.WriteUInt64BigEndian(bytes, ~_crc);
                break;
            default:
                _hash!.GetCurrentHash(bytes);
                break;
        }

        return bytes;
    }

    public void Dispose() => _hash?.Dispose();
}
