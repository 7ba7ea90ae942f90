namespace Millrace.Versions.Files;

/// <summary>How a checkout writes files.</summary>
public enum CheckoutMode
{
    /// <summary>Each file is its own.</summary>
    Copy = 0,

    /// <summary>Files share their blocks with a cache until one is written to, where the file system can.</summary>
    Reflink = 1,

    /// <summary>Files are names of read-only files in a cache.</summary>
    Hardlink = 2,
}
