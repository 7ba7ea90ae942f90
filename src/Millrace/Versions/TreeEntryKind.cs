namespace Millrace.Versions;

/// <summary>What an entry of a tree is. The numbers are in files.</summary>
public enum TreeEntryKind : byte
{
    File = 1,
    Executable = 2,

    /// <summary>A symbolic link; its object holds the target.</summary>
    Link = 3,

    Folder = 4,

    /// <summary>A version of a table; its hash is that version's.</summary>
    Table = 5,
}
