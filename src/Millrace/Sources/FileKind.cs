namespace Millrace.Sources;

/// <summary>What a folder holds, when its files become objects with a row each.</summary>
public enum FileKind
{
    /// <summary>The sources are files of records.</summary>
    None = 0,

    Images = 1,
    Audio = 2,
    Text = 3,

    /// <summary>Files of any kind.</summary>
    Files = 4,
}
