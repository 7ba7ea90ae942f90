namespace Millrace.Versions.Dvc;

/// <summary>A place that has DVC's objects: a cache, or a remote of any kind.</summary>
/// <param name="Name">For messages, without credentials.</param>
/// <param name="OpenAsync">Opens what lies at a key such as <c>files/md5/ab/cdef…</c>; null when nothing does. It is
/// called from several threads at once.</param>
public sealed record DvcSource(string Name, Func<string, CancellationToken, Task<Stream?>> OpenAsync)
{
    /// <summary>A cache or a remote that is a folder.</summary>
    public static DvcSource OfFolder(string folder) => new(folder, (key, _) => Task.FromResult(Open(folder, key)));

    static Stream? Open(string folder, string key)
    {
        try
        {
            return new FileStream(
                Path.Join(folder, key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "file-unreadable", $"'{Path.Join(folder, key)}' may not be read.",
                "Give this user the right to read it.", exception);
        }
    }
}
