namespace Millrace.Versions.Files;

/// <summary>What a walk found.</summary>
sealed class ScanResult
{
    /// <summary>The folders that were walked, as they are now: with a batch everything on the disk, without one the
    /// staged files, with what stat(2) tells of them now.</summary>
    public Dictionary<string, IndexFolder> Folders { get; } = new(StringComparer.Ordinal);

    /// <summary>Where walks of whole folders began.</summary>
    public List<string> Walked { get; } = [];

    public List<FileChange> Changes { get; } = [];

    public List<LeftOutFile> LeftOut { get; } = [];

    /// <summary>Paths that were asked for and are not on the disk.</summary>
    public List<string> Missing { get; } = [];

    /// <summary>Paths that were asked for by name and are left out by <c>.millraceignore</c>.</summary>
    public List<string> Ignored { get; } = [];

    /// <summary>Single files that were asked for, with their new records.</summary>
    public List<(string Path, IndexRecord Record)> Singles { get; } = [];

    /// <summary>Names that other systems cannot tell apart, as pairs of paths.</summary>
    public List<(string One, string Other)> Collisions { get; } = [];

    public Dictionary<string, long> UntrackedFolders { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a file was read and found equal, so that the index should remember its new times.</summary>
    public bool IsRefreshed { get; set; }

    public long FileCount { get; set; }

    public long ReadBytes { get; set; }

    public long ReadFiles { get; set; }

    public void Sort()
    {
        foreach (var (folder, count) in UntrackedFolders)
            Changes.Add(new FileChange(folder + "/", FileChangeKind.Untracked, count));
        Changes.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        LeftOut.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
    }
}
