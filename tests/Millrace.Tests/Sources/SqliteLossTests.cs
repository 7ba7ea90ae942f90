using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Data.Sqlite;
using Millrace.Objects;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Random values of every kind that SQLite has, in columns without a type: each is in the table, as an object,
/// or in the quarantine, and says what it was.</summary>
public sealed class SqliteLossTests
{
    static readonly Gen<object?> Values = Gen.OneOf(
        Gen.Const(0).Select(_ => (object?)null), Gen.Long.Select(value => (object?)value),
        Gen.Int[-3, 3].Select(value => (object?)(long)value),
        Gen.Double.Select(value => double.IsNaN(value) ? null : (object?)value),
        Gen.Int[0, 9].Select(value => (object?)(value / 2.0)),
        Gen.Char["ab\"\\\u0001é"].Array[0, 5].Select(letters => (object?)new string(letters)),
        Gen.Int[1, 28].Select(day => (object?)string.Create(CultureInfo.InvariantCulture, $"2026-03-{day:D2}")),
        Gen.Byte.Array[0, 4].Select(bytes => (object?)bytes));

    // Columns of few kinds, so that they have types; and of all.
    static readonly Gen<object?[]> Columns = Gen.Select(Values.Array[1, 12], Gen.Int[0, 3], (values, kind) =>
        values.Select(value => kind switch
        {
            0 => value is long ? value : null,
            1 => value is long or double ? value : null,
            2 => value is string ? value : null,
            _ => value,
        }).ToArray());

    [Fact]
    public async Task No_value_is_lost_or_changed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var number = 0;
        await Columns.SampleAsync(
            async values =>
            {
                var table = $"t{number++}";
                Fill(workspace, table, values);

                var report = await workspace.TakeAsync(table);

                Assert.Equal(values.Length, report.Records);
                Assert.Equal(values.Length, report.Rows + report.Quarantined);
                var kept = await workspace.RowsAsync($"select id, v::varchar from {table}");
                var shown = kept.Select(row => row.Split('|', 2)).ToDictionary(row => row[0], row => row[1]);
                var bad = report.Quarantined == 0 ? [] : (await workspace.RowsAsync(
                    $"select raw from \"{table}$quarantine\"")).Select(raw => JsonDocument.Parse(raw).RootElement)
                    .ToDictionary(row => row.GetProperty("id").GetRawText(), row => row.GetProperty("v"));
                for (var i = 0; i < values.Length; i++)
                {
                    var id = (i + 1).ToString(CultureInfo.InvariantCulture);
                    Assert.True(
                        shown.TryGetValue(id, out var text)
                            ? IsSame(values[i], text, report.Columns[1].Type) : IsSame(values[i], bad[id]),
                        $"{values[i]} became {text} as {report.Columns[1].Type}");
                }
            },
            iter: 60, threads: 1);
    }

    static void Fill(TestWorkspace workspace, string table, object?[] values)
    {
        using var connection = new SqliteConnection($"Data Source={workspace.Database()};Pooling=false");
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText = $"create table {table} (id integer primary key, v)";
        create.ExecuteNonQuery();
        foreach (var value in values)
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = $"insert into {table} (v) values ($v)";
            insert.Parameters.AddWithValue("$v", value ?? DBNull.Value);
            insert.ExecuteNonQuery();
        }
    }

    static bool IsSame(object? value, string text, string type) => value switch
    {
        null => text == "null",
        byte[] bytes => text == ObjectUrl.Format(ContentHash.Of(bytes)),
        long whole when type == "double" => double.Parse(text, CultureInfo.InvariantCulture) == whole,
        long whole => text == whole.ToString(CultureInfo.InvariantCulture),
        double real => double.Parse(text, CultureInfo.InvariantCulture) == real,
        string letters => text == letters || IsJsonOf(letters, text),
        _ => false,
    };

    static bool IsSame(object? value, JsonElement json) => value switch
    {
        byte[] bytes => json.GetProperty("base64").GetBytesFromBase64().AsSpan().SequenceEqual(bytes),
        string text => json.GetString() == text,
        long whole => json.GetInt64() == whole,
        double real => json.ValueKind == JsonValueKind.String
            ? json.GetString() == real.ToString(CultureInfo.InvariantCulture) : json.GetDouble() == real,
        _ => json.ValueKind == JsonValueKind.Null,
    };

    static bool IsJsonOf(string value, string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.String && reader.GetString() == value;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
