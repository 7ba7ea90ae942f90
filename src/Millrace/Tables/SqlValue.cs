using DuckDB.NET.Data;

namespace Millrace.Tables;

/// <summary>Values of a reader as they may be kept: DuckDB lends the bytes of a blob only until the next row.</summary>
static class SqlValue
{
    /// <summary>A number, text, bool, time, byte array or list; null for none.</summary>
    public static object? Read(DuckDBDataReader reader, int index)
    {
        if (reader.IsDBNull(index))
        {
            return null;
        }

        var type = reader.GetFieldType(index);
        var value = type.IsGenericType ? List(reader, index, type) : reader.GetValue(index);
        if (value is not Stream stream)
        {
            return value;
        }

        using (stream)
        {
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    // The list that the reader gives by itself can't hold a null.
    static object List(DuckDBDataReader reader, int index, Type type) =>
        type == typeof(List<float>) ? reader.GetFieldValue<List<float?>>(index)
        : type == typeof(List<double>) ? reader.GetFieldValue<List<double?>>(index)
        : type == typeof(List<long>) ? reader.GetFieldValue<List<long?>>(index)
        : type == typeof(List<int>) ? reader.GetFieldValue<List<int?>>(index)
        : type == typeof(List<bool>) ? reader.GetFieldValue<List<bool?>>(index)
        : type == typeof(List<DateTime>) ? reader.GetFieldValue<List<DateTime?>>(index)
        : reader.GetValue(index);
}
