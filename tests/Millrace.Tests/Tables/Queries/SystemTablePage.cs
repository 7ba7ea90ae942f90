using System.Text;
using Millrace.Tables.Queries;

namespace Millrace.Tests.TablesRoom.Queries;

/// <summary>The page of the guide that lists what SQL has here beside DuckDB's own.</summary>
static class SystemTablePage
{
    public static string Write(SqlEngine engine)
    {
        var page = new StringBuilder();
        page.Append(
            """
            # SQL reference

            What [SQL](sql.md) has here beside [DuckDB's own](https://duckdb.org/docs/stable/sql/introduction):
            functions, and the tables of the schema `millrace`. A test compares this page with the program, in which
            `from millrace.system_tables` and `from millrace.system_columns` say the same.

            ## Functions

            | function | what it does |
            | --- | --- |

            """);
        foreach (var function in engine.Functions.Values.OrderBy(function => function.Name, StringComparer.Ordinal))
            page.Append($"| `{function.Signature}` | {function.About} |\n");
        page.Append("\n`sha256(text)` is DuckDB's own. How rows are sampled: [sampling](../formats/sampling.md).\n");
        foreach (var table in engine.System.Value.All)
        {
            page.Append($"\n## millrace.{table.Name}\n\n{table.About}\n\n");
            page.Append("| column | type | what it says |\n| --- | --- | --- |\n");
            foreach (var column in table.Columns)
                page.Append($"| `{column.Name}` | {column.SqlType} | {column.About} |\n");
        }

        return page.ToString();
    }
}
