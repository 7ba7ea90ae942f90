using System.Security.Cryptography;
using System.Text;

namespace Millrace.Catalog;

/// <summary>This process's folder in <c>.millrace/tmp/</c>, under a lock that the kernel frees when the process dies:
/// whoever finds the lock free knows that what the process held is abandoned.</summary>
public sealed class ProcessFolder : IDisposable
{
    /// <summary>Parts the machine from what tells its folders apart.</summary>
    internal const char PlaceMark = '#';

    const int PlaceDigits = 12;
    const string PlaceFileName = "place";

    readonly string _root;
    readonly FolderLock _lock;

    ProcessFolder(string root, string id, FolderLock held)
    {
        _root = root;
        _lock = held;
        Id = id;
        Path = System.IO.Path.Combine(root, id);
    }

    /// <summary>The name of this process in leases and intents.</summary>
    public string Id { get; }

    /// <summary>A folder for temporary files; gone after <see cref="Dispose"/>.</summary>
    public string Path { get; }

    /// <summary>This folder of this machine: only its processes can be told living by their locks. Machines may have
    /// the same name and folders the same path, so there is a number drawn for it too.</summary>
    internal string Place => field ??= PlaceOf(System.IO.Path.GetFullPath(_root));

    /// <summary>The machine, since a lock file tells only of processes on its own.</summary>
    public static string Host => Environment.MachineName;

    /// <summary>Makes the folder of this process and sweeps those of dead ones.</summary>
    /// <param name="root">The workspace's <c>.millrace/tmp</c>.</param>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>.</exception>
    public static ProcessFolder Create(string root)
    {
        DurableFile.MakeFolder(root);
        Sweep(root);
        while (true)
        {
            var id = Guid.CreateVersion7().ToString("N");
            var folder = System.IO.Path.Combine(root, id);
            DurableFile.MakeFolder(folder);
            // Another process may sweep the folder before it is locked; then this one takes another.
            if (FolderLock.TryAcquire(folder) is { } held)
            {
                return new ProcessFolder(root, id, held);
            }
        }
    }

    /// <summary>Whether a place, or what older versions noted as one, is this folder.</summary>
    internal bool IsHere(string host) =>
        host == Host || (host.StartsWith(Host + PlaceMark, StringComparison.Ordinal) && host == Place);

    /// <summary>Whether the process that made this id still lives; one on another machine counts as living.</summary>
    public bool IsAlive(string processId, string host)
    {
        if (processId == Id || !IsHere(host))
        {
            return true;
        }

        var folder = System.IO.Path.Combine(_root, System.IO.Path.GetFileName(processId));
        return Directory.Exists(folder) && !FolderLock.IsFree(folder);
    }

    /// <summary>The other living processes of this machine that have the workspace open, by id.</summary>
    public IReadOnlyList<string> Others() =>
        [.. Directory.EnumerateDirectories(_root).Select(folder => System.IO.Path.GetFileName(folder))
            .Where(id => id != Id && IsAlive(id, Host)).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        try
        {
            // Most often there is nothing else in it.
            File.Delete(System.IO.Path.Combine(Path, FolderLock.FileName));
            Directory.Delete(Path);
        }
        catch (IOException)
        {
            DeleteAll();
        }

        _lock.Dispose();
    }

    static string PlaceOf(string root)
    {
        var file = System.IO.Path.Combine(DurableFile.FolderOf(root), PlaceFileName);
        if (!File.Exists(file))
        {
            DurableFile.TryPut(file, Encoding.ASCII.GetBytes($"{Guid.NewGuid():N}\n"));
        }

        var drawn = SHA256.HashData(Encoding.UTF8.GetBytes($"{root}\n{File.ReadAllText(file)}"));
        return $"{Host}{PlaceMark}{Convert.ToHexStringLower(drawn)[..PlaceDigits]}";
    }

    void DeleteAll()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // What can't be deleted now is swept by the next process.
        }
    }

    static void Sweep(string root)
    {
        foreach (var folder in Directory.EnumerateDirectories(root))
        {
            try
            {
                // A folder without its lock file is being made at this moment, or was left by a crash in between; its
                // age tells which.
                if (!File.Exists(System.IO.Path.Combine(folder, FolderLock.FileName))
                    && Directory.GetLastWriteTimeUtc(folder) > TimeProvider.System.GetUtcNow().AddMinutes(-10))
                {
                    continue;
                }

                // Held while the folder goes, so that the process that made it just now cannot begin to use it.
                using var held = FolderLock.TryAcquire(folder);
                if (held is not null)
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or MillraceException)
            {
                // Another process sweeps the same folder, or another user owns it.
            }
        }
    }
}
