using System.Data.Common;

namespace Millrace.Catalog;

/// <summary>The current row of a catalog query, by column index.</summary>
public readonly struct CatalogRow
{
    readonly DbDataReader _reader;

    internal CatalogRow(DbDataReader reader) => _reader = reader;

    public bool IsNull(int index) => _reader.IsDBNull(index);

    public string Text(int index) => _reader.GetString(index);

    public string? TextOrNull(int index) => _reader.IsDBNull(index) ? null : _reader.GetString(index);

    public long Int64(int index) => _reader.GetInt64(index);

    public long? Int64OrNull(int index) => _reader.IsDBNull(index) ? null : _reader.GetInt64(index);

    public double Double(int index) => _reader.GetDouble(index);

    /// <summary>A time that is stored as microseconds since 1970 UTC.</summary>
    public DateTimeOffset Time(int index) => CatalogTime.FromMicroseconds(_reader.GetInt64(index));
}
