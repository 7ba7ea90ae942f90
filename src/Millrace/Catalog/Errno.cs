namespace Millrace.Catalog;

/// <summary>The error numbers of Linux x86-64 that this program tells apart.</summary>
enum Errno
{
    NotPermitted = 1,
    NoEntry = 2,
    Interrupted = 4,
    InputOutput = 5,
    WouldBlock = 11,
    AccessDenied = 13,
    Exists = 17,
    CrossDevice = 18,
    NotAFolder = 20,
    IsAFolder = 21,
    InvalidArgument = 22,
    NotEmpty = 39,
    TooManyLinks = 40,
    NoSpace = 28,
    ReadOnlyFileSystem = 30,
    QuotaExceeded = 122,
}
