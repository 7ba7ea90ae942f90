using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>A table's name as people write it: <c>table</c>, <c>schema.table</c>, or with quotes where a name has a dot
/// or a quote of its own, which is then doubled.</summary>
static class PostgresName
{
    public static (string Schema, string Name) Split(string text, string usualSchema)
    {
        var parts = new List<string> { "" };
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && isQuoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                parts[^1] += text[++i];
            }
            else if (text[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (text[i] == '.' && !isQuoted)
            {
                parts.Add("");
            }
            else
            {
                parts[^1] += text[i];
            }
        }

        return parts is [var schema, var name] ? (schema, name)
            : parts is [var only] ? (usualSchema, only) : (usualSchema, text);
    }

    public static string Quote(string schema, string name) => $"{SqlName.Quote(schema)}.{SqlName.Quote(name)}";
}
