namespace Millrace;

/// <summary>The five kinds of failure; the application maps each to an exit code and an HTTP status.</summary>
public enum ErrorKind
{
    /// <summary>The input is wrong: a file, a row, an option, a name.</summary>
    Invalid = 1,

    /// <summary>Something that was named does not exist.</summary>
    NotFound = 2,

    /// <summary>Somebody else changed or holds it.</summary>
    Conflict = 3,

    /// <summary>Stored bytes are not what was written.</summary>
    Corrupt = 4,

    /// <summary>The world does not answer: a full disk, a closed port, a missing program.</summary>
    Unavailable = 5,
}
