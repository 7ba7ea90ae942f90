using System.Text;
using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>The statistics of a file, looked at only when they are asked for. Delta protocol, "Per-file
/// Statistics".</summary>
static class FileStatistics
{
    /// <summary>The number of records that the file was written with; null when it is not there or can't be read.
    /// </summary>
    public static long? RecordCount(string statistics)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(statistics));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isCount = reader.ValueTextEquals("numRecords"u8);
                if (!reader.Read())
                {
                    return null;
                }

                if (isCount)
                {
                    return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) && count >= 0
                        ? count : null;
                }

                reader.Skip();
            }

            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
