using System.CommandLine;
using System.Text.Json;
using DuckDB.NET.Data;
using Millrace.App.Terminal;
using Spectre.Console;

namespace Millrace.App.Tables;

/// <summary><c>millrace sql</c>.</summary>
static class TableCommands
{
    const int MostRowsShown = 100;
    const int LongestCell = 60;

    /// <summary>The verbs of <c>millrace table</c> beside <c>list</c>.</summary>
    public static IReadOnlyList<Command> Changes() =>
    [
        TableHistoryCommands.History(), TableHistoryCommands.Describe(), TableHistoryCommands.Diff(),
        TableHistoryCommands.Restore(), TableHistoryCommands.Clone(), TableUpkeepCommands.Delete(),
        TableAlterCommands.Alter(), TableUpkeepCommands.Optimize(), TableUpkeepCommands.Vacuum(),
        TableUpkeepCommands.Checkpoint(),
    ];

    public static Command Sql()
    {
        var query = new Argument<string>("QUERY")
        {
            Description = "One SQL query; each table is there under its name.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "sql",
            "Query the newest versions of the tables.",
            "  millrace sql \"select kind, count(*) from events group by kind\"\n"
            + "  millrace sql \"describe photo_examples\"\n  millrace sql --json \"select * from photos limit 3\"")
        {
            query, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            using var session = await workspace.Tables
                .OpenSessionOnAllAsync(Environment.ProcessorCount, parsed.GetValue(query), cancellationToken)
                .ConfigureAwait(false);
            session.Query(
                parsed.GetValue(query)!, [],
                reader =>
                {
                    if (parsed.GetValue(json))
                    {
                        WriteJson(reader);
                    }
                    else
                    {
                        WriteTable(reader);
                    }

                    return 0;
                },
                cancellationToken);
            return 0;
        });
        return command;
    }

    static void WriteTable(DuckDBDataReader reader)
    {
        var table = new Table().Border(TableBorder.Simple);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            table.AddColumn(Markup.Escape(reader.GetName(i)));
        }

        var rows = 0;
        while (reader.Read())
        {
            if (++rows <= MostRowsShown)
            {
                table.AddRow([.. Enumerable.Range(0, reader.FieldCount).Select(i => Markup.Escape(Cell(reader, i)))]);
            }
        }

        TerminalConsole.Out.Write(table);
        TerminalConsole.Error.WriteLine(
            rows > MostRowsShown
                ? $"{rows:N0} rows; the first {MostRowsShown} are shown, all with --json"
                : $"{rows:N0} rows");
    }

    static void WriteJson(DuckDBDataReader reader)
    {
        using var stream = Console.OpenStandardOutput();
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartArray();
        while (reader.Read())
        {
            json.WriteStartObject();
            for (var i = 0; i < reader.FieldCount; i++)
            {
                json.WritePropertyName(reader.GetName(i));
                WriteValue(json, reader.IsDBNull(i) ? null : reader.GetValue(i));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        stream.Write("\n"u8);
    }

    static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case double number when !double.IsFinite(number):
                json.WriteNullValue();
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case float number:
                json.WriteNumberValue(number);
                break;
            case long or int or short or sbyte or byte or uint or ushort:
                json.WriteNumberValue(Convert.ToInt64(value));
                break;
            case decimal or ulong or System.Numerics.BigInteger:
                json.WriteRawValue(Convert.ToString(value)!);
                break;
            case System.Collections.IList list and not byte[]:
                json.WriteStartArray();
                foreach (var element in list)
                {
                    WriteValue(json, element);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Text(value));
                break;
        }
    }

    static string Cell(DuckDBDataReader reader, int index)
    {
        if (reader.IsDBNull(index))
        {
            return "";
        }

        var value = reader.GetValue(index);
        var text = value is System.Collections.IList list and not byte[]? $"[{list.Count} values]" : Text(value);
        return text.Length > LongestCell ? text[..LongestCell] + "…" : text;
    }

    static string Text(object value) => value switch
    {
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.ffffff").TrimEnd('0').TrimEnd('.'),
        DateOnly date => date.ToString("yyyy-MM-dd"),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        _ => Convert.ToString(value)!,
    };
}
