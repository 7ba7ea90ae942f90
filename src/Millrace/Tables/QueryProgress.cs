using System.Runtime.InteropServices;

namespace Millrace.Tables;

/// <summary>How far DuckDB has come with a query; its binding for .NET does not show it.</summary>
static partial class QueryProgress
{
    /// <returns>Percent; below 0 when it can't be told.</returns>
    public static double Read(nint connection) => duckdb_query_progress(connection).Percentage;

    [LibraryImport("duckdb")]
    private static partial Figures duckdb_query_progress(nint connection);

    [StructLayout(LayoutKind.Sequential)]
    struct Figures
    {
        public double Percentage;
        public ulong RowsProcessed;
        public ulong TotalRowsToProcess;
    }
}
