using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Tables.Checks;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

/// <summary>Takes rows out of every data file of every version of a table. Only for who has the workspace alone.
/// </summary>
/// <remarks>Bytes: every file of the table is read once in the columns of the condition, those that hold rows of it are
/// read and written whole. First <see cref="Find"/> and <see cref="StageAsync"/>, which change nothing that a reader
/// sees; then <see cref="Apply"/>, which may be done again until it is through.</remarks>
sealed class TableErasure(TableStore tables)
{
    const string Keys = "erased_keys";

    /// <summary>The condition of rows with one of some keys. A key of several columns is their values with tabs
    /// between.
    /// </summary>
    /// <exception cref="MillraceException"><c>key-missing</c>.</exception>
    public static RowChoice OfKeys(TableEntry table, IReadOnlyList<string> keys) => table.KeyColumns.Count > 0
        ? new RowChoice($"{KeyText(table.KeyColumns)} in (select k from {Keys})", keys)
        : throw new MillraceException(
            ErrorKind.Invalid, "key-missing", $"Table '{table.Name}' has no key, so its rows cannot be named by keys.",
            "Say which rows with '--where SQL'.");

    /// <summary>The files that hold rows of the choice, oldest first, with what is in those rows.</summary>
    /// <exception cref="MillraceException"><c>erase-condition</c>: it cannot be asked of an old version's columns;
    /// <c>table-missing</c>; <c>table-log-damaged</c>.</exception>
    public IReadOnlyList<FoundRows> Find(TableEntry table, RowChoice choice, CancellationToken cancellationToken)
    {
        var files = tables.Place.Of(table.Name);
        var snapshot = tables.OpenAt(table.Name, table.Newest.Number);
        using var session = Open(choice);
        var found = new List<FoundRows>();
        DeltaRewrite.CheckWhole(table.Name, tables.Place);
        var readable = new Lazy<HashSet<string>?>(() => ReadablePaths(table));
        foreach (var file in DeltaRewrite.Files(table.Name, files))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = snapshot.LocalPath(file.Path);
            if (!File.Exists(path))
            {
                // A vacuum deleted it, and so no version that can still be read has it.
                if (readable.Value is { } paths && !paths.Contains(file.Path))
                    continue;
                throw new MillraceException(
                    ErrorKind.Corrupt, "table-file-missing",
                    $"'{path}' of table '{table.Name}' is missing, so it cannot be told what it holds.",
                    "Restore it from a copy; 'millrace fsck' lists everything that is missing.");
            }

            session.AttachFiles(table.Name, file.Schema, [path]);
            var view = SqlName.Quote(table.Name);
            try
            {
                RefuseOther(session, view, choice);
                var count = session.Value<long>($"select count(*) from {view} where coalesce(({choice.Sql}\n), false)");
                if (count == 0)
                    continue;
                found.Add(new FoundRows(
                    file, count, KeysIn(session, table, file.Schema, choice),
                    Objects(session, table.Name, file.Schema, $"coalesce(({choice.Sql}\n), false)"),
                    Objects(session, table.Name, file.Schema, $"not coalesce(({choice.Sql}\n), false)")));
            }
            catch (MillraceException exception) when (exception.Code == "sql-failed")
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "erase-condition",
                    $"The rows cannot be told in '{file.Path}' of table '{table.Name}', whose columns are "
                    + $"{string.Join(", ", file.Schema.Columns.Select(column => column.Name))}: {exception.Message}",
                    "Write a '--where' that every version of the table can answer; nothing was changed.", exception);
            }
        }

        return found;
    }

    /// <summary>Takes out of the catalog what it knows of the values in the table's rows: figures of columns, and the
    /// conditions that changed it.</summary>
    public static void ForgetFigures(CatalogSession session, string table)
    {
        foreach (var (id, summary) in session.Query(
            "select version_id, summary from version where kind = 'table' and name = @name",
            row => (row.Int64(0), row.Text(1)), ("name", table)))
        {
            if (JsonNode.Parse(summary) is JsonObject known && (known.Remove("columns") | known.Remove("checks")))
            {
                session.Execute(
                    "update version set summary = @summary where version_id = @id",
                    ("summary", known.ToJsonString()), ("id", id));
            }
        }

        CheckResultWriter.Forget(session, table);
        foreach (var verb in (string[])["delete", "update", "merge", "overwrite", "append", "alter"])
        {
            session.Execute(
                "update run set parameters = '{}' where kind = 'command' and name = @name",
                ("name", $"table {verb} {table}"));
        }
    }

    /// <summary>The files of every version that can still be read; null when no vacuum let one go.</summary>
    HashSet<string>? ReadablePaths(TableEntry table)
    {
        var lost = LostVersions.Read(tables.Place.Of(table.Name));
        if (lost.Count == 0)
            return null;
        var oldest = tables.OldestOf(table.Name);
        return [.. Enumerable.Range(0, (int)table.Newest.Number + 1)
            .Where(version => !lost.Contains(version) && version >= oldest)
            .SelectMany(version => tables.OpenAt(table.Name, version).Files).Select(file => file.Path)];
    }

    /// <summary>Writes the files without the rows, durable in their place and named by no log yet.</summary>
    public async Task<IReadOnlyList<RewrittenFile>> StageAsync(
        string table, RowChoice choice, IReadOnlyList<FoundRows> found, string attemptId,
        CancellationToken cancellationToken)
    {
        var place = tables.Place.Of(table);
        var stage = tables.StageOf(attemptId);
        using var session = Open(choice);
        var files = new List<RewrittenFile>();
        foreach (var rows in found)
        {
            session.AttachFiles(table, rows.File.Schema, [place.LocalPath(rows.File.Path)]);
            var staged = stage.Write(
                session, table, TableMode.Append,
                $"select * from {SqlName.Quote(table)} where not coalesce(({choice.Sql}\n), false)", [],
                part: "kept", cancellationToken: cancellationToken);
            files.Add(new RewrittenFile(
                rows.File.Path, rows.File.ObjectList, staged.Files.Count == 0 ? null : staged.Files[0],
                rows.Count));
        }

        await place.KeepAsync(
            [
                .. files.Select(file => file.New?.Path).OfType<string>(),
                .. files.Select(file => file.New?.ObjectList).OfType<string>(),
            ],
            cancellationToken).ConfigureAwait(false);
        return files;
    }

    /// <summary>Puts the staged files in the place of the old ones in every version, then deletes the old ones, and
    /// what
    /// attempts that were cut off left.</summary>
    public void Apply(string table, IReadOnlyList<RewrittenFile> files)
    {
        var place = tables.Place.Of(table);
        DeltaRewrite.Apply(table, place, files.ToDictionary(file => file.OldPath, StringComparer.Ordinal));
        foreach (var file in files)
        {
            place.Delete(file.OldPath);
            if (file.OldObjectList is not null)
                place.Delete(file.OldObjectList);
        }

        var named = DeltaRewrite.Files(table, place).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var path in place.Walk().Select(file => file.Path).ToList())
        {
            if (path.StartsWith("part-", StringComparison.Ordinal) && Path.GetExtension(path) == ".parquet"
                && !path.Contains('/', StringComparison.Ordinal) && !named.Contains(path)
                && IsOwnName(Path.GetFileNameWithoutExtension(path)))
            {
                place.Delete(path);
            }
        }

        place.Settle([$"{ObjectLists.Folder}/x", "x"]);
    }

    /// <summary>Deletes staged files that will not be named.</summary>
    public void Drop(string table, IReadOnlyList<RewrittenFile> files) =>
        tables.StageOf("").Drop(table, files.Select(file => file.New).OfType<DataFile>());

    /// <summary>What is not true or false may be true of every row.</summary>
    static void RefuseOther(SqlSession session, string view, RowChoice choice)
    {
        var type = session.Rows(
            $"describe select ({choice.Sql}\n) as answer from {view}", reader => reader.GetString(1));
        if (type is not ["BOOLEAN"])
        {
            throw new MillraceException(
                ErrorKind.Invalid, "erase-condition",
                $"The condition gives {string.Join(", ", type)} for a row, and not true or false.",
                "Write a comparison, such as \"id = 17\"; nothing was changed.");
        }
    }

    SqlSession Open(RowChoice choice)
    {
        var session = tables.OpenSession();
        try
        {
            session.Execute($"create temp table {Keys} (k varchar)");
            using var appender = session.Connection.CreateAppender("temp", "main", Keys);
            foreach (var key in choice.Keys)
                appender.CreateRow().AppendValue(key).EndRow();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    static IReadOnlyList<string> KeysIn(SqlSession session, TableEntry table, TableSchema schema, RowChoice choice)
    {
        if (table.KeyColumns.Count == 0 || table.KeyColumns.Any(key => schema.Find(key) is null))
            return [];
        return session.Rows(
            $"select distinct {KeyText(table.KeyColumns)} from {SqlName.Quote(table.Name)} "
            + $"where coalesce(({choice.Sql}\n), false)",
            reader => reader.IsDBNull(0) ? "" : reader.GetString(0));
    }

    static string KeyText(IReadOnlyList<string> columns) =>
        $"concat_ws(chr(9), {string.Join(", ", columns.Select(name => $"cast({SqlName.Quote(name)} as varchar)"))})";

    static HashSet<ContentHash> Objects(SqlSession session, string table, TableSchema schema, string condition)
    {
        var hashes = new HashSet<ContentHash>();
        foreach (var column in schema.Columns.Where(column => column.Type is "string" or "array<string>"))
        {
            var name = SqlName.Quote(column.Name);
            var value = column.Type == "string" ? name : $"unnest({name})";
            foreach (var url in session.Rows(
                $"select distinct url from (select {value} as url from {SqlName.Quote(table)} where {condition}) "
                + "where url >= 'object:' and url < 'object:g'",
                reader => reader.GetString(0)))
            {
                if (ObjectUrl.TryParse(url, out var hash))
                    hashes.Add(hash);
            }
        }

        return hashes;
    }

    /// <summary><c>part-…-00000-</c> and 32 hex digits: what a stage of ours wrote.</summary>
    static bool IsOwnName(string name) =>
        name.Length > 33 && name[^33] == '-' && name[^32..].All(char.IsAsciiHexDigitLower);
}
