using System.Security.Cryptography;

namespace Millrace.Buckets;

/// <summary>What the parts of an upload become.</summary>
static class UploadChoice
{
    /// <summary>The parts that were chosen, if they may follow each other.</summary>
    public static List<UploadPart> Check(
        IReadOnlyList<ChosenPart> chosen, IReadOnlyDictionary<int, UploadPart> there)
    {
        if (chosen.Count == 0)
            throw BucketFailure.Invalid("upload-empty", "No part was chosen.", "Name at least one part.");
        var parts = new List<UploadPart>(chosen.Count);
        foreach (var choice in chosen)
        {
            if (parts.Count > 0 && choice.Number <= parts[^1].Number)
            {
                throw BucketFailure.Invalid(
                    "part-order", $"Part {choice.Number} does not follow part {parts[^1].Number}.",
                    "List the parts by number, each once.");
            }

            if (!there.TryGetValue(choice.Number, out var part) || part.ETag != choice.ETag
                || (choice.Checksum is { } checksum && part.Checksum.Length > 0 && part.Checksum != checksum))
            {
                throw BucketFailure.Invalid(
                    "part-wrong", $"The upload has no part {choice.Number} with ETag '{choice.ETag}'.",
                    "List the upload's parts.");
            }

            parts.Add(part);
        }

        foreach (var part in parts.SkipLast(1))
        {
            if (part.SizeBytes < BucketRules.PartSizeMin)
            {
                throw BucketFailure.Invalid(
                    "part-small", $"Part {part.Number} has {part.SizeBytes} bytes.",
                    $"Each part but the last has at least {BucketRules.PartSizeMin} bytes.");
            }
        }

        return parts;
    }

    /// <summary>Compares the checksum of the whole with the one that the client has, where both are known.</summary>
    public static void CheckWhole(ObjectChecksum? found, ObjectChecksum? expected)
    {
        if (found is not null && expected is not null && found.Algorithm == expected.Algorithm
            && found.Value.Split('-')[0] != expected.Value.Split('-')[0])
        {
            throw BucketFailure.Invalid(
                "checksum-wrong", $"The {found.Algorithm} of the parts is {found.Value}, not {expected.Value}.",
                "Send the damaged part again.");
        }
    }

    /// <summary>The version that they are.</summary>
    public static ObjectVersion Join(ObjectVersion draft, MultipartUpload upload, List<UploadPart> parts)
    {
#pragma warning disable CA5351 // ETags are MD5 by the protocol; nothing relies on it for safety.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        foreach (var part in parts)
            md5.AppendData(Convert.FromHexString(part.ETag));
        return draft with
        {
            SizeBytes = parts.Sum(part => part.SizeBytes),
            ETag = $"{Convert.ToHexStringLower(md5.GetHashAndReset())}-{parts.Count}",
            Checksum = Checksum(upload, parts),
            Parts = [.. parts.Select(part => new BodyPart(part.Hash, part.SizeBytes, part.Number, part.Checksum))],
        };
    }

    static ObjectChecksum? Checksum(MultipartUpload upload, List<UploadPart> parts)
    {
        var algorithm = upload.ChecksumAlgorithm;
        if (algorithm.Length == 0 || parts.Any(part => part.Checksum.Length == 0))
            return null;
        if (!upload.IsComposite)
        {
            return CrcJoin.Join(algorithm, [.. parts.Select(part => (part.Checksum, part.SizeBytes))]) is { } joined
                ? new ObjectChecksum(algorithm, joined) : null;
        }

        var all = parts.SelectMany(part => Convert.FromBase64String(part.Checksum)).ToArray();
        return Digest(algorithm, all) is { } digest
            ? new ObjectChecksum(algorithm, $"{Convert.ToBase64String(digest)}-{parts.Count}", true) : null;
    }

    static byte[]? Digest(string algorithm, byte[] bytes) => algorithm switch
    {
#pragma warning disable CA5350 // One of the checksums of the protocol, against damage and not against malice.
        "SHA1" => SHA1.HashData(bytes),
#pragma warning restore CA5350
        "SHA256" => SHA256.HashData(bytes),
        "CRC32" => Reversed(System.IO.Hashing.Crc32.Hash(bytes)),
        "CRC32C" => Crc32C(bytes),
        _ => null,
    };

    static byte[] Reversed(byte[] bytes)
    {
        Array.Reverse(bytes);
        return bytes;
    }

    static byte[] Crc32C(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = System.Numerics.BitOperations.Crc32C(crc, value);
        return [(byte)(~crc >> 24), (byte)(~crc >> 16), (byte)(~crc >> 8), (byte)~crc];
    }
}
