using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Millrace.Tables;

namespace Millrace.Sources.Reading;

/// <summary>Lets a session select from rows that C# makes, a vector at a time and without a copy: the rows are never
/// all in memory.</summary>
sealed unsafe class RowFunction : IDisposable
{
    readonly IReadOnlyList<VectorWriter> _columns;
    readonly Func<IReadOnlyList<VectorWriter>, int, int> _fill;
    readonly GCHandle _self;
    Exception? _failure;

    /// <param name="session">Where it can be called, once.</param>
    /// <param name="name">As SQL calls it; its columns are c0, c1 and so on.</param>
    /// <param name="columns">One for each column.</param>
    /// <param name="fill">Writes up to so many rows and says how many; 0 is the end.</param>
    public RowFunction(
        SqlSession session,
        string name,
        IReadOnlyList<VectorWriter> columns,
        Func<IReadOnlyList<VectorWriter>, int, int> fill)
    {
        _columns = columns;
        _fill = fill;
        _self = GCHandle.Alloc(this);
        var function = DuckLibrary.duckdb_create_table_function();
        try
        {
            DuckLibrary.duckdb_table_function_set_name(function, name);
            DuckLibrary.duckdb_table_function_set_extra_info(function, GCHandle.ToIntPtr(_self), null);
            DuckLibrary.duckdb_table_function_set_bind(function, &Bind);
            DuckLibrary.duckdb_table_function_set_init(function, &Initialize);
            DuckLibrary.duckdb_table_function_set_function(function, &Fill);
            if (DuckLibrary.duckdb_register_table_function(
                session.Connection.NativeConnection.DangerousGetHandle(), function) != 0)
            {
                throw new InvalidOperationException($"DuckDB did not take the function '{name}'.");
            }
        }
        finally
        {
            DuckLibrary.duckdb_destroy_table_function(ref function);
        }
    }

    /// <summary>Runs what selects from the rows; a failure while making them is thrown as it was.</summary>
    public T Run<T>(Func<T> query)
    {
        try
        {
            return query();
        }
        catch (MillraceException) when (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
            throw;
        }
    }

    public void Dispose() => _self.Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Bind(nint info)
    {
        var self = Self(DuckLibrary.duckdb_bind_get_extra_info(info));
        for (var i = 0; i < self._columns.Count; i++)
        {
            var type = self._columns[i].CreateType();
            DuckLibrary.duckdb_bind_add_result_column(info, $"c{i}", type);
            DuckLibrary.duckdb_destroy_logical_type(ref type);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Initialize(nint info)
    {
        // The rows have one reader, and what it knows is in this object.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Fill(nint info, nint chunk)
    {
        var self = Self(DuckLibrary.duckdb_function_get_extra_info(info));
        try
        {
            for (var i = 0; i < self._columns.Count; i++)
            {
                self._columns[i].Begin(
                    DuckLibrary.duckdb_data_chunk_get_vector(chunk, (ulong)i), DuckLibrary.VectorSize);
            }

            var rows = self._fill(self._columns, DuckLibrary.VectorSize);
            foreach (var column in self._columns)
            {
                column.End(rows);
            }

            DuckLibrary.duckdb_data_chunk_set_size(chunk, (ulong)rows);
        }
#pragma warning disable CA1031 // No exception may leave for native code; it is thrown again by Run.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            self._failure = exception;
            DuckLibrary.duckdb_function_set_error(info, exception.Message.Replace('\0', ' '));
        }
    }

    static RowFunction Self(nint handle) => (RowFunction)GCHandle.FromIntPtr(handle).Target!;
}
