namespace Millrace.SystemTests.Fixtures;

/// <summary>ClickHouse inside of a Node process, a reader of Delta tables that shares nothing with ours. <c>./test</c>
/// installs it from npm.</summary>
static class ClickHouse
{
    // Rows come as Parquet, so that no value goes through a text; texts come as bytes, since ClickHouse does not tell
    // them from binary columns. Without the first setting, counting overlooks deleted rows.
    const string Program =
        """
        const { query } = require(process.argv[2] + '/node_modules/chdb');
        for (let i = 3; i + 2 < process.argv.length; i += 3) {
            const quote = text => "'" + text.replace(/\\/g, '\\\\').replace(/'/g, "\\'") + "'";
            try {
                query(`insert into function file(${quote(process.argv[i + 2])}, 'Parquet')
                    select * from ${process.argv[i]}(${quote(process.argv[i + 1])})
                    settings optimize_trivial_count_query = 0, schema_inference_make_columns_nullable = 1,
                        output_format_parquet_string_as_string = 0`);
            } catch (error) {
                console.log(process.argv[i] + ' ' + process.argv[i + 1] + ': ' + error.message);
            }
        }
        """;

    /// <summary>How a Delta table is read.</summary>
    public const string Delta = "deltaLakeLocal";

    /// <summary>How an Iceberg table is read.</summary>
    public const string Iceberg = "icebergLocal";

    /// <summary>Reads tables and writes the rows of each as Parquet.</summary>
    /// <param name="folder">Holds the tables; ClickHouse opens no other.</param>
    /// <param name="tables">How each table is read, its folder, and the file that gets its rows.</param>
    /// <returns>What went wrong, a line for each table; empty when all were read.</returns>
    public static async Task<string> ReadAsync(
        string folder, params (string Function, string Table, string Rows)[] tables)
    {
        var program = Path.Join(folder, "read.js");
        await File.WriteAllTextAsync(program, Program);
        return await Shell.RunInAsync(
            folder, "node",
            [program, Installed(), .. tables.SelectMany(pair => new[] { pair.Function, pair.Table, pair.Rows })]);
    }

    /// <summary>Runs a query.</summary>
    /// <param name="folder">Of the process.</param>
    /// <param name="sql">One query.</param>
    /// <returns>Its rows, or what went wrong: values with tabs between.</returns>
    public static async Task<string> QueryAsync(string folder, string sql)
    {
        var program = Path.Join(folder, "query.js");
        await File.WriteAllTextAsync(
            program,
            """
            const { query } = require(process.argv[2] + '/node_modules/chdb');
            try {
                process.stdout.write(query(process.argv[3], 'TSV'));
            } catch (error) {
                console.log(error.message);
            }
            """);
        return await Shell.RunInAsync(folder, "node", [program, Installed(), sql]);
    }

    internal static string Installed()
    {
        var folder = Environment.GetEnvironmentVariable("MILLRACE_CHDB")
            ?? Path.GetFullPath(Path.Join(AppContext.BaseDirectory, "../../../../../../artifacts/chdb"));
        Assert.True(
            Directory.Exists(Path.Join(folder, "node_modules", "chdb")),
            $"ClickHouse is missing in '{folder}': run './test', or 'npm install --prefix {folder} chdb@3.4.0'.");
        return folder;
    }
}
