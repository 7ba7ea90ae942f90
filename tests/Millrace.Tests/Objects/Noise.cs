namespace Millrace.Tests.ObjectsRoom;

/// <summary>Bytes without a pattern.</summary>
static class Noise
{
    public static byte[] Of(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
