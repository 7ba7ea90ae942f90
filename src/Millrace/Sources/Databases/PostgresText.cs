using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Millrace.Sources.Databases;

/// <summary>Values of COPY's binary form as JSON, for rows that are none of a table.</summary>
static class PostgresText
{
    /// <summary>What makes the texts of values the same on every server.</summary>
    public const string Settings = "set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; "
        + "set local timezone = 'UTC'; set local standard_conforming_strings = on; set local extra_float_digits = 1; "
        + "set local bytea_output = 'hex'; set local lc_monetary = 'C'; ";

    const int HeadBytes = 12;
    const int MostDimensions = 6;

    static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static void Write(Utf8JsonWriter writer, PostgresColumn column, ReadOnlySpan<byte> value)
    {
        if (column.Form == PostgresForm.List)
        {
            WriteList(writer, column, value);
        }
        else
        {
            Write(writer, column.Form, value);
        }
    }

    static void Write(Utf8JsonWriter writer, PostgresForm form, ReadOnlySpan<byte> value)
    {
        switch (form, value.Length)
        {
            case (PostgresForm.Text, _):
                RowJson.WriteText(writer, value);
                break;
            case (PostgresForm.Jsonb, > 0):
                RowJson.WriteText(writer, value[1..]);
                break;
            case (PostgresForm.Numeric, _):
                writer.WriteStringValue(PostgresNumber.Text(value));
                break;
            case (PostgresForm.Boolean, 1):
                writer.WriteBooleanValue(value[0] != 0);
                break;
            case (PostgresForm.Int16, 2):
                writer.WriteNumberValue(BinaryPrimitives.ReadInt16BigEndian(value));
                break;
            case (PostgresForm.Int32, 4):
                writer.WriteNumberValue(BinaryPrimitives.ReadInt32BigEndian(value));
                break;
            case (PostgresForm.Int64, 8):
                writer.WriteNumberValue(BinaryPrimitives.ReadInt64BigEndian(value));
                break;
            case (PostgresForm.Oid, 4):
                writer.WriteNumberValue(BinaryPrimitives.ReadUInt32BigEndian(value));
                break;
            case (PostgresForm.Float32, 4):
                RowJson.Write(writer, BinaryPrimitives.ReadSingleBigEndian(value));
                break;
            case (PostgresForm.Float64, 8):
                RowJson.Write(writer, BinaryPrimitives.ReadDoubleBigEndian(value));
                break;
            case (PostgresForm.Uuid, 16):
                writer.WriteStringValue(new Guid(value, bigEndian: true));
                break;
            case (PostgresForm.Date, 4):
                writer.WriteStringValue(Date(BinaryPrimitives.ReadInt32BigEndian(value)));
                break;
            case (PostgresForm.Time, 8):
                writer.WriteStringValue(Time(BinaryPrimitives.ReadInt64BigEndian(value)));
                break;
            default:
                RowJson.WriteBytes(writer, value);
                break;
        }
    }

    static void WriteList(Utf8JsonWriter writer, PostgresColumn column, ReadOnlySpan<byte> value)
    {
        var dimensions = value.Length < HeadBytes ? -1 : BinaryPrimitives.ReadInt32BigEndian(value);
        if (dimensions is < 1 or > MostDimensions || value.Length < HeadBytes + (dimensions * 8))
        {
            RowJson.WriteBytes(writer, value);
            return;
        }

        // The number of the first element is lost in JSON, so it stands beside the elements.
        writer.WriteStartObject();
        writer.WriteStartArray("dimensions");
        for (var i = 0; i < dimensions; i++)
        {
            writer.WriteNumberValue(BinaryPrimitives.ReadInt32BigEndian(value[(HeadBytes + (i * 8))..]));
        }

        writer.WriteEndArray();
        writer.WriteStartArray("first");
        for (var i = 0; i < dimensions; i++)
        {
            writer.WriteNumberValue(BinaryPrimitives.ReadInt32BigEndian(value[(HeadBytes + (i * 8) + 4)..]));
        }

        writer.WriteEndArray();
        writer.WriteStartArray("elements");
        for (var rest = value[(HeadBytes + (dimensions * 8))..]; rest.Length >= 4;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            rest = rest[4..];
            if (length < 0 || length > rest.Length)
            {
                writer.WriteNullValue();
                continue;
            }

            Write(writer, column.Element, rest[..length]);
            rest = rest[length..];
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    static string Date(int days) => days switch
    {
        int.MaxValue => "infinity",
        int.MinValue => "-infinity",
        _ when days is > -730_000 and < 2_900_000 =>
            Epoch.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"2000-01-01 {days:+0;-0} days"),
    };

    static string Time(long microseconds) => microseconds switch
    {
        long.MaxValue => "infinity",
        long.MinValue => "-infinity",
        _ when microseconds / 86_400_000_000 is > -730_000 and < 2_900_000 => Epoch.AddMicroseconds(microseconds)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"2000-01-01 {microseconds:+0;-0} microseconds"),
    };
}
