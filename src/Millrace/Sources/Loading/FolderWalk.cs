using System.IO.Enumeration;

namespace Millrace.Sources.Loading;

/// <summary>Goes through a folder and those in it. Links are followed, and every real folder is looked at once, by its
/// own path if there is one: so a link that leads back gives nothing twice.</summary>
static class FolderWalk
{
    static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The files in no order, and the folders that can't be looked at, with the reason.</summary>
    public static IEnumerable<(string Path, string? Fault)> Files(string root, bool isDeep)
    {
        var seen = new HashSet<(ulong Device, ulong Inode)>();
        var folders = new Queue<string>([root]);
        var links = new Queue<string>();
        while (folders.TryDequeue(out var folder) || links.TryDequeue(out folder))
        {
            if (!SourceStatus.TryOf(folder, out var status, out var error))
            {
                yield return (folder, SourceStatus.Describe(error));
                continue;
            }

            if (!seen.Add((status.Device, status.Inode)))
            {
                continue;
            }

            if (Look(folder, out var fault) is not { } entries)
            {
                yield return (folder, fault);
                continue;
            }

            foreach (var entry in entries)
            {
                if (!entry.IsFolder)
                {
                    yield return (entry.Path, null);
                }
                else if (isDeep)
                {
                    (entry.IsLink ? links : folders).Enqueue(entry.Path);
                }
            }
        }
    }

    static List<Entry>? Look(string folder, out string fault)
    {
        fault = "";
        try
        {
            List<Entry> entries = [.. new FileSystemEnumerable<Entry>(
                folder,
                (ref FileSystemEntry entry) => new Entry(
                    entry.ToSpecifiedFullPath(), entry.IsDirectory,
                    entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) != 0),
                Everything)];
            // Which of two links to one folder is followed does not depend on the disk.
            entries.Sort((left, right) => string.CompareOrdinal(left.Path, right.Path));
            return entries;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = exception.Message;
            return null;
        }
    }

    readonly record struct Entry(string Path, bool IsFolder, bool IsLink);
}
