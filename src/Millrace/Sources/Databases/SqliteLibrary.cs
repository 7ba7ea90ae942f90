using System.Runtime.InteropServices;

namespace Millrace.Sources.Databases;

/// <summary>SQLite's C interface as far as rows are read and written by the million: a managed call around each value
/// costs more than the value. The library is the one that the catalog's binding brings.</summary>
static unsafe partial class SqliteLibrary
{
    const string Library = "e_sqlite3";

    public const int Ok = 0, Busy = 5, Locked = 6, Interrupted = 9, Row = 100, Done = 101;

    public const int OpenReadOnly = 1, OpenReadWrite = 2, OpenCreate = 4, OpenNoMutex = 0x8000;

    public const int TypeInteger = 1, TypeReal = 2, TypeText = 3, TypeBlob = 4, TypeNull = 5;

    /// <summary>Says that bytes which are bound must be copied.</summary>
    public const nint Transient = -1;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_open_v2(string file, out nint database, int flags, nint vfs);

    [LibraryImport(Library)]
    public static partial int sqlite3_close_v2(nint database);

    [LibraryImport(Library)]
    public static partial int sqlite3_busy_timeout(nint database, int milliseconds);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_errmsg(nint database);

    [LibraryImport(Library)]
    public static partial void sqlite3_interrupt(nint database);

    [LibraryImport(Library)]
    public static partial int sqlite3_prepare_v2(
        nint database, byte* sql, int length, out nint statement, out byte* rest);

    [LibraryImport(Library)]
    public static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_reset(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_finalize(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_stmt_readonly(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_column_count(nint statement);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_name(nint statement, int column);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_decltype(nint statement, int column);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int sqlite3_column_type(nint statement, int column);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial long sqlite3_column_int64(nint statement, int column);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial double sqlite3_column_double(nint statement, int column);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_text(nint statement, int column);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int sqlite3_column_bytes(nint statement, int column);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_int64(nint statement, int number, long value);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_double(nint statement, int number, double value);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_text(nint statement, int number, byte* text, int length, nint release);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_blob(nint statement, int number, byte* bytes, int length, nint release);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_zeroblob(nint statement, int number, int length);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_null(nint statement, int number);
}
