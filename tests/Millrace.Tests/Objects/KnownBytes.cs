using System.Buffers.Binary;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>Bytes without a pattern that any program in any language can make again: SplitMix64 from a seed,
/// little-endian.</summary>
static class KnownBytes
{
    /// <param name="size">A multiple of 8.</param>
    /// <param name="seed">Which bytes.</param>
    public static byte[] Of(int size, ulong seed)
    {
        var bytes = new byte[size];
        for (var position = 0; position < size; position += sizeof(ulong))
        {
            seed += 0x9E37_79B9_7F4A_7C15;
            var mixed = (seed ^ (seed >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(position), mixed ^ (mixed >> 31));
        }

        return bytes;
    }
}
