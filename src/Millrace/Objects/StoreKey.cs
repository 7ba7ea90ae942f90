using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>The key that a store or remote is encrypted with: 32 bytes. It is read from outside the workspace, and
/// nothing writes it anywhere.</summary>
public sealed class StoreKey
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = EntryCipher.KeySize;

    const int TextMax = 1024;
    const uint OthersMask = 0b000_111_111;

    readonly byte[] _bytes;

    /// <param name="bytes">32 bytes, as chance gives them.</param>
    public StoreKey(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _bytes = bytes.ToArray();
    }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A new key from the system's source of chance.</summary>
    public static StoreKey Create() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>Reads a key from a file: 32 bytes, or their 64 hexadecimal digits or base64.</summary>
    /// <exception cref="MillraceException"><c>encryption-key-invalid</c>; also when others than the owner may read the
    /// file.</exception>
    public static StoreKey FromFile(string path)
    {
        if (!File.Exists(path))
            throw Invalid($"The key file '{path}' is not there", "Restore it from where you keep your keys.");
        using var handle = DurableFile.Open(path, Libc.OpenReadOnly, 0);
        if (Libc.FileStatus(handle, out var status) != 0)
            throw DurableFile.Failure(DurableFile.LastError(), path);
        if ((status.Mode & OthersMask) != 0)
        {
            throw Invalid(
                $"The key file '{path}' may be read by others than its owner", $"Run 'chmod 600 {path}'.");
        }

        if (status.SizeBytes > TextMax)
            throw Invalid($"The key file '{path}' has {status.SizeBytes} bytes; a key has 32", Forms);
        var bytes = new byte[status.SizeBytes];
        var count = RandomAccess.Read(handle, bytes, 0);
        return count == Size
            ? new StoreKey(bytes.AsSpan(0, Size))
            : Parse(System.Text.Encoding.Latin1.GetString(bytes, 0, count), $"The key file '{path}'");
    }

    /// <summary>Reads a key from an environment variable: 64 hexadecimal digits or base64.</summary>
    /// <exception cref="MillraceException"><c>encryption-key-invalid</c>.</exception>
    public static StoreKey FromVariable(string name) =>
        Parse(
            Environment.GetEnvironmentVariable(name)
                ?? throw Invalid($"The environment variable '{name}', which holds the key, is not set", Forms),
            $"The environment variable '{name}'");

    /// <summary>Compares the name of a key with that of the one which is at hand.</summary>
    /// <param name="keyName">Zeros where nothing is encrypted.</param>
    /// <param name="place">What errors name.</param>
    /// <param name="cipher">The store's; null when there is no key.</param>
    internal static void Check(ReadOnlySpan<byte> keyName, string place, EntryCipher? cipher)
    {
        var isEncrypted = keyName.ContainsAnyExcept((byte)0);
        if (isEncrypted && cipher is null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "encryption-key-missing", $"'{place}' is encrypted, and there is no key.",
                "Name the key in millrace.yaml with 'objects: encryption:' and 'key-file' or 'key-env'.");
        }

        if (!isEncrypted && cipher is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "store-not-encrypted",
                $"'{place}' is not encrypted, and a key is set; the two do not mix.",
                "Take the key out of the settings, or put the content into a new workspace that begins with it.");
        }

        if (isEncrypted && !CryptographicOperations.FixedTimeEquals(keyName, cipher!.KeyName))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "encryption-key-wrong", $"'{place}' is encrypted with another key.",
                "Name the key that it was made with.");
        }
    }

    const string Forms = "A key is 32 bytes, 64 hexadecimal digits or 44 characters of base64.";

    static StoreKey Parse(string text, string source)
    {
        var trimmed = text.Trim();
        Span<byte> bytes = stackalloc byte[Size];
        if (trimmed.Length == Size * 2
            && Convert.FromHexString(trimmed, bytes, out _, out var count) == System.Buffers.OperationStatus.Done
            && count == Size)
        {
            return new StoreKey(bytes);
        }

        return Convert.TryFromBase64String(trimmed, bytes, out var decoded) && decoded == Size
            ? new StoreKey(bytes)
            : throw Invalid($"{source} holds no key", Forms);
    }

    static MillraceException Invalid(string fact, string hint) => new(
        ErrorKind.Invalid, "encryption-key-invalid", $"{fact}.", hint);
}
