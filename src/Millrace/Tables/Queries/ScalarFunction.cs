using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Tables.Queries;

/// <summary>A function of one text that C# computes, a vector of rows at a time. Null gives null.</summary>
/// <remarks>DuckDB's binding for .NET has functions of its own that make an object of every value; here a value's bytes
/// are read where they lie. DuckDB calls it from several threads at once.</remarks>
sealed unsafe class ScalarFunction
{
    /// <summary>Bytes that the rows of one vector may have together: DuckDB holds them all in memory.</summary>
    const long MaxVectorBytes = 1L << 30;

    /// <summary>A text in DuckDB's vectors: 4 bytes of length, and up to 12 of text or 4 and a pointer.</summary>
    const int InlineLength = 12;

    readonly string _name;
    readonly Func<string, long?>? _number;
    readonly Func<string, long, byte[]?>? _bytes;

    ScalarFunction(string name, Func<string, long?>? number, Func<string, long, byte[]?>? bytes)
    {
        _name = name;
        _number = number;
        _bytes = bytes;
    }

    /// <summary>Makes a function that gives a BIGINT.</summary>
    public static void RegisterNumber(SqlSession session, string name, Func<string, long?> compute) =>
        new ScalarFunction(name, compute, null).Register(session, ScalarLibrary.TypeLong);

    /// <summary>Makes a function that gives a BLOB.</summary>
    /// <param name="session">Where.</param>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="compute">Is told how many bytes it may give at most.</param>
    public static void RegisterBytes(SqlSession session, string name, Func<string, long, byte[]?> compute) =>
        new ScalarFunction(name, null, compute).Register(session, ScalarLibrary.TypeBlob);

    void Register(SqlSession session, int type)
    {
        var function = ScalarLibrary.duckdb_create_scalar_function();
        var text = ScalarLibrary.duckdb_create_logical_type(ScalarLibrary.TypeText);
        var result = ScalarLibrary.duckdb_create_logical_type(type);
        try
        {
            ScalarLibrary.duckdb_scalar_function_set_name(function, _name);
            ScalarLibrary.duckdb_scalar_function_add_parameter(function, text);
            ScalarLibrary.duckdb_scalar_function_set_return_type(function, result);
            // DuckDB frees it together with the function.
            ScalarLibrary.duckdb_scalar_function_set_extra_info(
                function, GCHandle.ToIntPtr(GCHandle.Alloc(this)), &Free);
            ScalarLibrary.duckdb_scalar_function_set_function(function, &Call);
            if (ScalarLibrary.duckdb_register_scalar_function(
                session.Connection.NativeConnection.DangerousGetHandle(), function) != 0)
            {
                throw new InvalidOperationException($"DuckDB did not take the function '{_name}'.");
            }
        }
        finally
        {
            ScalarLibrary.duckdb_destroy_logical_type(ref text);
            ScalarLibrary.duckdb_destroy_logical_type(ref result);
            ScalarLibrary.duckdb_destroy_scalar_function(ref function);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Free(nint handle) => GCHandle.FromIntPtr(handle).Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Call(nint info, nint chunk, nint output)
    {
        var self = (ScalarFunction)GCHandle.FromIntPtr(
            ScalarLibrary.duckdb_scalar_function_get_extra_info(info)).Target!;
        try
        {
            self.Compute(chunk, output);
        }
#pragma warning disable CA1031 // No exception may leave for native code; DuckDB makes it the query's error.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ScalarLibrary.duckdb_scalar_function_set_error(
                info, $"{self._name}: {exception.Message}".Replace('\0', ' '));
        }
    }

    void Compute(nint chunk, nint output)
    {
        var count = (long)ScalarLibrary.duckdb_data_chunk_get_size(chunk);
        var input = ScalarLibrary.duckdb_data_chunk_get_vector(chunk, 0);
        var texts = (byte*)ScalarLibrary.duckdb_vector_get_data(input);
        var valid = (ulong*)ScalarLibrary.duckdb_vector_get_validity(input);
        var left = MaxVectorBytes;
        ScalarLibrary.duckdb_vector_ensure_validity_writable(output);
        var outputValid = ScalarLibrary.duckdb_vector_get_validity(output);
        for (var row = 0L; row < count; row++)
        {
            var isNull = valid != null && (valid[row >> 6] & (1UL << (int)(row & 63))) == 0;
            var isSet = !isNull && (_number is { } number
                ? SetNumber(output, row, number(Text(texts + (row * 16))))
                : SetBytes(output, row, _bytes!(Text(texts + (row * 16)), left), ref left));
            if (!isSet)
                ScalarLibrary.duckdb_validity_set_row_invalid(outputValid, (ulong)row);
        }
    }

    static bool SetNumber(nint output, long row, long? value)
    {
        ((long*)ScalarLibrary.duckdb_vector_get_data(output))[row] = value ?? 0;
        return value is not null;
    }

    static bool SetBytes(nint output, long row, byte[]? value, ref long left)
    {
        if (value is null)
            return false;
        left -= value.Length;
        fixed (byte* bytes = value)
        {
            byte nothing = 0;
            ScalarLibrary.duckdb_vector_assign_string_element_len(
                output, (ulong)row, bytes == null ? &nothing : bytes, (ulong)value.Length);
        }

        return true;
    }

    static string Text(byte* value)
    {
        var length = *(int*)value;
        return Encoding.UTF8.GetString(length <= InlineLength ? value + 4 : *(byte**)(value + 8), length);
    }
}
