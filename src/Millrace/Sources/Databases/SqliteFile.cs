using System.Runtime.InteropServices;

namespace Millrace.Sources.Databases;

/// <summary>A SQLite database that is open, for one thread. Only <see cref="Interrupt"/> may come from another.
/// </summary>
sealed unsafe class SqliteFile : IDisposable
{
    const int BusyMs = 10_000;

    readonly string _path;
    readonly Lock _lock = new();
    nint _handle;

    SqliteFile(string path, nint handle)
    {
        _path = path;
        _handle = handle;
    }

    public nint Handle => _handle;

    /// <summary>Whether <see cref="Interrupt"/> was called.</summary>
    public bool IsInterrupted { get; private set; }

    /// <exception cref="MillraceException"><c>source-missing</c>, <c>source-unavailable</c>.</exception>
    public static SqliteFile OpenToRead(string path)
    {
        if (!File.Exists(path))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "source-missing", $"There is no database '{path}'.",
                "Correct the path; it begins at the folder that the command runs in.");
        }

        return Open(path, SqliteLibrary.OpenReadOnly | SqliteLibrary.OpenNoMutex);
    }

    /// <summary>Opens a database to write to it; it is made when it is not there.</summary>
    /// <exception cref="MillraceException"><c>source-unavailable</c>.</exception>
    public static SqliteFile OpenToWrite(string path) => Open(
        path, SqliteLibrary.OpenReadWrite | SqliteLibrary.OpenCreate | SqliteLibrary.OpenNoMutex);

    static SqliteFile Open(string path, int flags)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-missing", "The path of a database holds a NUL.", "Correct the path.");
        }

        // Always a path, never a URI or ':memory:'.
        var state = SqliteLibrary.sqlite3_open_v2(Path.GetFullPath(path), out var handle, flags, 0);
        var file = new SqliteFile(path, handle);
        try
        {
            file.Check(state);
            file.Check(SqliteLibrary.sqlite3_busy_timeout(handle, BusyMs));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Execute(string sql)
    {
        using var statement = new SqliteStatement(this, sql);
        while (statement.Step())
        {
            // A pragma may answer; nobody asked for it.
        }
    }

    /// <summary>Ends what runs now, from any thread.</summary>
    public void Interrupt()
    {
        lock (_lock)
        {
            IsInterrupted = true;
            if (_handle != 0)
            {
                SqliteLibrary.sqlite3_interrupt(_handle);
            }
        }
    }

    /// <exception cref="MillraceException"><c>source-unavailable</c>, <c>source-damaged</c>, <c>source-failed</c>,
    /// <c>disk-full</c>.</exception>
    public void Check(int state)
    {
        const int Primary = 0xff;
        const int Corrupt = 11, Full = 13, CanNotOpen = 14, NotADatabase = 26, ReadOnly = 8, InputOutput = 10;
        if (state == SqliteLibrary.Ok)
        {
            return;
        }

        var message = _handle == 0
            ? "out of memory" : Marshal.PtrToStringUTF8((nint)SqliteLibrary.sqlite3_errmsg(_handle));
        throw (state & Primary) switch
        {
            SqliteLibrary.Interrupted when IsInterrupted => new OperationCanceledException("It was interrupted."),
            SqliteLibrary.Busy or SqliteLibrary.Locked => new MillraceException(
                ErrorKind.Unavailable, "source-unavailable",
                $"The database '{_path}' is locked by another process: {message}.",
                "Run the same command again when that one is done."),
            Corrupt or NotADatabase => new MillraceException(
                ErrorKind.Corrupt, "source-damaged", $"The database '{_path}' can't be read: {message}.",
                "Check that the file is a SQLite database; 'pragma integrity_check' tells what is damaged."),
            Full => new MillraceException(
                ErrorKind.Unavailable, "disk-full", $"The disk of '{_path}' is full: {message}.",
                "Free some space and run the same command again."),
            CanNotOpen or ReadOnly or InputOutput => new MillraceException(
                ErrorKind.Unavailable, "source-unavailable", $"The database '{_path}' can't be used: {message}.",
                "Check the path, and that you have the right to use it."),
            _ => Failed(message ?? $"error {state}"),
        };
    }

    public MillraceException Failed(string message) => new(
        ErrorKind.Invalid, "source-failed", $"The database '{_path}' refused: {message}.",
        "Correct the name of the table, the query or the rows.");

    public void Dispose()
    {
        lock (_lock)
        {
            _ = SqliteLibrary.sqlite3_close_v2(_handle);
            _handle = 0;
        }
    }
}
