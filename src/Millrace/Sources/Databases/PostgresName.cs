using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>A table's name as people write it: <c>table</c>, <c>schema.table</c>, or with quotes where a name has a dot
/// of its own.</summary>
static class PostgresName
{
    public static (string Schema, string Name) Split(string text, string usualSchema)
    {
        var parts = new List<string> { "" };
        var isQuoted = false;
        foreach (var letter in text)
        {
            if (letter == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (letter == '.' && !isQuoted)
            {
                parts.Add("");
            }
            else
            {
                parts[^1] += letter;
            }
        }

        return parts is [var schema, var name] ? (schema, name)
            : parts is [var only] ? (usualSchema, only) : (usualSchema, text);
    }

    public static string Quote(string schema, string name) => $"{SqlName.Quote(schema)}.{SqlName.Quote(name)}";
}
