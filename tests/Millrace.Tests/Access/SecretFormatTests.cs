using Millrace.Access;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.AccessRoom;

/// <summary>Secrets that version 1 sealed are opened.</summary>
public sealed class SecretFormatTests : IDisposable
{
    const string KeyId = "MRKEY0000000000000001";
    const string Secret = "a-secret-of-forty-characters-0123456789ab";

    // Version 1, the nonce 00 to 0b, ciphertext and tag, in Base64; the key of the file is 01 to 20.
    const string Sealed =
        "AQABAgMEBQYHCAkKCxAdcvKrrwR/IkTUbAL3hflQut79H+0bH7ktD85x5QMJtZyH1nC9wEBV18JdsA5sYlKKn3Cgh6XKIA==";

    readonly ScratchFolder _scratch = new();
    readonly SecretSeal _seal;

    public SecretFormatTests()
    {
        File.WriteAllBytes(_scratch["access.key"], [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        File.SetUnixFileMode(_scratch["access.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _seal = new SecretSeal(_scratch["access.key"]);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Version_1_is_opened() => Assert.Equal(Secret, _seal.Unseal(KeyId, Sealed));

    // The nonce is random, so that the same secret never gives the same bytes.
    [Fact]
    public void Version_1_is_written_with_its_parts_where_they_were()
    {
        var sealedAgain = _seal.Seal(KeyId, Secret);

        var bytes = Convert.FromBase64String(sealedAgain);
        Assert.Equal(Convert.FromBase64String(Sealed).Length, bytes.Length);
        Assert.Equal(1, bytes[0]);
        Assert.NotEqual(Sealed, sealedAgain);
        Assert.NotEqual(_seal.Seal(KeyId, Secret), sealedAgain);
        Assert.Equal(Secret, _seal.Unseal(KeyId, sealedAgain));
    }
}
