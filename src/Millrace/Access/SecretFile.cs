using System.Security.Cryptography;
using Millrace.Catalog;

namespace Millrace.Access;

/// <summary>A small file that only its owner may read (mode 0600), made once by whoever comes first.</summary>
static class SecretFile
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;
    const uint CreateMode = 0b110_000_000;
    const long MaxSizeBytes = 4096;

    /// <summary>The file's content; when it is not there, it is made with what <paramref name="make"/>
    /// gives.</summary>
    /// <exception cref="MillraceException"><c>secret-exposed</c>: others may read it; <c>secret-damaged</c>; and the
    /// errors of <see cref="DurableFile"/>.</exception>
    public static byte[] ReadOrCreate(string path, Func<byte[]> make)
    {
        if (!File.Exists(path))
        {
            CreateFolder(Path.GetDirectoryName(path)!);
            Create(path, make());
        }

        var file = new FileInfo(path);
        if ((file.UnixFileMode & ~OwnerFolder) != 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "secret-exposed", $"Other users of this machine may read or write '{path}'.",
                $"Take their right with 'chmod 600 {path}'; if somebody read it, delete it and make new keys.");
        }

        if (file.Length is 0 or > MaxSizeBytes)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "secret-damaged", $"'{path}' has {file.Length} bytes, which it was not made with.",
                "Bring it back from a backup; if there is none, delete it and make new keys.");
        }

        return File.ReadAllBytes(path);
    }

    static void CreateFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            DurableFile.CreateFolder(folder);
            File.SetUnixFileMode(folder, OwnerFolder);
        }
    }

    // Of processes that start at once one makes it, and all read that one.
    static void Create(string path, byte[] content)
    {
        using (var aside = new AsideFile(AsidePath(path), path, CreateMode))
        {
            aside.Append(content);
            aside.Sync();
            DurableFile.TryLink(aside.Path, path);
        }

        DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
        CryptographicOperations.ZeroMemory(content);
    }
    static string AsidePath(string path) =>
        Path.Join(Path.GetDirectoryName(path), $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
}
