using Millrace.Tables;

namespace Millrace.Benchmarks;

/// <summary>Reads the golden tables of the Delta project and compares each with the rows that are expected of it.
/// A case is a folder <c>NAME/delta</c> with <c>NAME/expected</c> beside it, or a table alone.</summary>
static class DeltaGolden
{
    // What the project's own tests expect of the tables that have no rows to compare.
    static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        // They have no metadata, or one without a schema, which the protocol asks for.
        ["data-reader-absolute-paths-escaped-chars"] = "table-log-damaged",
        ["deltalog-commit-info"] = "table-log-damaged",
        ["update-deleted-directory"] = "table-log-damaged",
        ["deltalog-invalid-protocol-version"] = "table-feature-unknown",
        ["deltalog-state-reconstruction-from-checkpoint-missing-metadata"] = "table-log-damaged",
        ["deltalog-state-reconstruction-from-checkpoint-missing-protocol"] = "table-log-damaged",
        ["deltalog-state-reconstruction-without-metadata"] = "table-log-damaged",
        ["deltalog-state-reconstruction-without-protocol"] = "table-log-damaged",
        ["no-delta-log-folder"] = "table-missing",
        ["versions-not-contiguous"] = "table-log-damaged",
    };

    static readonly Dictionary<string, string[]> FileNames = new(StringComparer.Ordinal)
    {
        ["canonicalized-paths-normal-a"] = [],
        ["canonicalized-paths-normal-b"] = [],
        ["canonicalized-paths-special-a"] = [],
        ["canonicalized-paths-special-b"] = [],
        ["delete-re-add-same-file-different-transactions"] = ["bar", "foo"],
        ["log-replay-special-characters-b"] = ["special p@#h"],
    };

    // Their data files were never there.
    static readonly HashSet<string> Opens = new(StringComparer.Ordinal)
    {
        "checkpoint",
    };

    public static int Run(string folder, string revision, string results)
    {
        var rows = new List<(string Name, string Expectation, string Result)>();
        foreach (var path in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            var table = Directory.Exists(Path.Join(path, "delta")) ? Path.Join(path, "delta") : path;
            var expected = Path.Join(path, "expected");
            if (Refused.TryGetValue(name, out var code))
                rows.Add((name, "refused", Refuse(table, code)));
            else if (FileNames.TryGetValue(name, out var files))
                rows.Add((name, "files", CompareFiles(table, files)));
            else if (Directory.Exists(expected))
                rows.Add((name, "rows", CompareRows(table, expected)));
            else if (Opens.Contains(name))
                rows.Add((name, "opens", Open(table)));
        }

        var failed = rows.Count(row => !row.Result.StartsWith("pass", StringComparison.Ordinal));
        var text = $"""
            # Golden tables of the Delta project

            `bench/delta-golden.sh DIR` over {revision}. Rows are compared both ways, as a bag; 'refused' asks for an
            error of the right code; 'files' asks for the names of the live files.

            {rows.Count - failed} of {rows.Count} pass.

            | table | expected | result |
            | --- | --- | --- |
            {string.Join('\n', rows.Select(row => $"| {row.Name} | {row.Expectation} | {row.Result} |"))}

            """;
        Console.Write(text);
        File.WriteAllText(results, text);
        return failed == 0 ? 0 : 1;
    }

    static string Refuse(string table, string code)
    {
        try
        {
            var snapshot = DeltaTable.Open(table);
            return $"FAIL: opened at v{snapshot.Version}";
        }
        catch (MillraceException exception)
        {
            return exception.Code == code ? $"pass: {code}" : $"FAIL: {exception.Code}: {exception.Message}";
        }
    }

    static string Open(string table)
    {
        try
        {
            var snapshot = DeltaTable.Open(table);
            return $"pass: v{snapshot.Version}, {snapshot.Files.Count} files";
        }
        catch (MillraceException exception)
        {
            return $"FAIL: {exception.Code}: {exception.Message}";
        }
    }

    static string CompareFiles(string table, string[] names)
    {
        try
        {
            var found = DeltaTable.Open(table).Files.Select(file => Path.GetFileName(file.Path))
                .Order(StringComparer.Ordinal).ToArray();
            return found.SequenceEqual(names, StringComparer.Ordinal)
                ? $"pass: {names.Length} files" : $"FAIL: {string.Join(", ", found)}";
        }
        catch (MillraceException exception)
        {
            return $"FAIL: {exception.Code}: {exception.Message}";
        }
    }

    static string CompareRows(string table, string expected)
    {
        try
        {
            var snapshot = DeltaTable.Open(table);
            // Written on a machine in California, with times in its partitions that say no zone.
            if (table.Contains("/data-reader-partition-values/", StringComparison.Ordinal))
                snapshot = snapshot with { WriterTimeZone = "America/Los_Angeles" };
            using var session = new SqlSession(Path.GetTempPath());
            session.Attach("got", snapshot);
            session.Execute($"create view expected as from read_parquet({SqlName.Text(expected + "/*.parquet")}, "
                + "hive_partitioning = false)");
            var got = session.Rows("describe got", reader => (Name: reader.GetString(0), Type: reader.GetString(1)));
            var want = session.Rows("describe expected", reader => reader.GetString(0));
            if (!got.Select(column => column.Name).SequenceEqual(want, StringComparer.Ordinal))
                return $"FAIL: columns {string.Join(", ", got.Select(column => column.Name))}";

            var ours = SqlName.QuoteAll(want);
            var theirs = string.Join(", ", got.Select(
                column => $"cast({SqlName.Quote(column.Name)} as {column.Type})"));
            var missing = Count($"(select {theirs} from expected) except all (select {ours} from got)");
            var surplus = Count($"(select {ours} from got) except all (select {theirs} from expected)");
            var count = Count("from got");
            return missing + surplus > 0 ? $"FAIL: {missing} rows missing, {surplus} too many"
                : count != snapshot.RowCount ? $"FAIL: {count} rows, and {snapshot.RowCount} by the log"
                : $"pass: {count} rows";

            long Count(string query) => session.Value<long>($"select count(*) from ({query})");
        }
        catch (MillraceException exception)
        {
            return $"FAIL: {exception.Code}: {exception.Message.ReplaceLineEndings(" ")}";
        }
    }
}
