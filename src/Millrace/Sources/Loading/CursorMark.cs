using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Sources.Loading;

/// <summary>How far a column of a source was taken.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">Its greatest value so far, as the database writes it.</param>
/// <param name="IsText">Whether the database holds it as a text rather than as a number.</param>
sealed record CursorMark(string Column, string Value, bool IsText)
{
    const string Key = "cursor";

    /// <summary>The mark in what an ingest wrote down of an input; null when there is none.</summary>
    public static CursorMark? Of(JsonElement input) => input.TryGetProperty(Key, out var mark)
        ? new CursorMark(
            mark.GetProperty("column").GetString()!, mark.GetProperty("value").GetString()!,
            mark.GetProperty("text").GetBoolean())
        : null;

    public void AddTo(JsonObject input) => input[Key] = new JsonObject
    {
        ["column"] = Column,
        ["value"] = Value,
        ["text"] = IsText,
    };
}
