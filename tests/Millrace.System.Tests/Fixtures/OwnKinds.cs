using Millrace.Tables;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Every kind of table that Millrace writes.</summary>
public static class OwnKinds
{
    const string Numbers = "select i::bigint as id, 'n' || i as name, i / 4e0 as x from range(10) t(i)";

    const string More = "select i::bigint as id, 'm' || i as name, i / 8e0 as x from range(7, 14) t(i)";

    static readonly string[] Id = ["id"];

    static CancellationToken Stop => CancellationToken.None;

    public static IReadOnlyList<OwnKind> All => [.. Typed, .. Parted, .. Changed, .. Evolved, .. Kept];

    static IEnumerable<OwnKind> Typed =>
    [
        Rows("every type", """
            select 1::tinyint as a, 2::smallint as b, 3::integer as c, 4::bigint as d, 1.5::float as e, 2.5e0 as f,
              true as g, 'ü ''q'' \ %' as h, '\x00\xFF'::blob as i, date '1969-12-31' as j,
              timestamptz '2024-02-29 10:00:00.123456+00' as k
            union all select null, null, null, null, null, null, null, null, null, null, null
            union all select -128, -32768, -2147483648, -9223372036854775807, 'nan'::float, 'inf'::double, false, '',
              ''::blob, date '2299-12-31', timestamptz '1900-01-01 00:00:00+00'
            """),
        Rows("decimals", """
            select 1.25::decimal(4,2) as a, -123456789.123::decimal(18,3) as b,
              99999999999999999999999999999999999999::decimal(38,0) as c, 0.01::decimal(2,2) as d
            union all select null, null, null, null
            """),
        Rows("lists, maps and structs", """
            select 1 as id, [1, null, 3]::bigint[] as l, [['a'], []]::varchar[][] as ll,
              map {'k': 1, 'n': null}::map(varchar, integer) as m, {'a': 1, 'b': {'c': 'x'}} as s,
              [{'p': 1.5e0, 'q': [true]}] as ls
            union all select 2, [], [[]], map {}, {'a': null, 'b': {'c': null}}, []
            """),
        Rows("lists, maps and structs that are null", """
            select 1 as id, [1]::bigint[] as l, map {'k': 1} as m union all select 2, null, null
            """),
        Rows("names with everything", """
            select 1 as "two words", 2 as "Größe", 3 as "quo""te", 4 as "a.b", 5 as "select", 6 as "it's"
            """, new() { ["delta.columnMapping.mode"] = "name" }),
        Rows("no rows", "select 1::bigint as id, 'a' as name limit 0"),
        Rows("one column of nulls", "select null::varchar as s, null::double as d from range(3)"),
    ];

    static IEnumerable<OwnKind> Parted =>
    [
        Rows("partitions of texts", """
            select i::bigint as id, (['a', 'b c', 'ü%=/', 'quo"te''s', 'x:y?#&+', '..', null])[i::int % 7 + 1] as p
            from range(21) t(i)
            """, partitions: ["p"]),
        Rows("partitions of numbers and days", """
            select i::bigint as id, (i % 3)::bigint as l, case when i % 5 = 0 then null else (i % 2)::integer end as n,
              i % 2 = 0 as b, date '1969-12-31' + (i % 3)::int as d from range(12) t(i)
            """, partitions: ["l", "n", "b", "d"]),
        Rows("partitions of small numbers", """
            select i::bigint as id, (i % 3 - 1)::smallint as s, (i % 2)::tinyint as t from range(12) t(i)
            """, partitions: ["s", "t"]),
        Rows("partitions of decimals, fractions and times", """
            select i::bigint as id, (i % 3 / 4.0)::decimal(10,2) as n, (i % 2 / 2e0) as x, (i % 2)::float as f,
              timestamptz '2024-01-01 00:00:00+00' + interval (i % 2) hour as t from range(12) t(i)
            """, partitions: ["n", "x", "f", "t"], isMirrored: false),
        Rows("partitions of bytes", "select i::bigint as id, 'ab'::blob as p from range(3) t(i)", partitions: ["p"],
            isMirrored: false),
        new("partitions that are overwritten", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, $"select *, id % 3 as p from ({Numbers})", properties, ["p"]);
            await editor.WriteAsync(
                name, $"select *, 1::bigint as p from ({More})",
                new() { Mode = TableMode.Overwrite, ReplacesPartitions = true }, null, Stop);
        }),
    ];

    static IEnumerable<OwnKind> Changed =>
    [
        Then("appended rows", (editor, name) => editor.WriteAsync(name, More, new(), null, Stop)),
        Then("overwritten rows", (editor, name) => editor.WriteAsync(
            name, More, new() { Mode = TableMode.Overwrite }, null, Stop)),
        Then("rows of a condition that are overwritten", (editor, name) => editor.WriteAsync(
            name, "select 9::bigint as id, 'z' as name, 0e0 as x",
            new() { Mode = TableMode.Overwrite, ReplaceWhere = "id > 7" }, null, Stop)),
        Then("deleted rows", (editor, name) => editor.DeleteAsync(name, "id % 3 = 1", null, Stop)),
        Then("all rows deleted", (editor, name) => editor.DeleteAsync(name, null, null, Stop)),
        Then("updated rows", (editor, name) => editor.UpdateAsync(
            name, new Dictionary<string, string> { ["x"] = "x * 2", ["name"] = "null" }, "id > 4", null, Stop)),
        Then("merged rows", (editor, name) => editor.MergeAsync(
            name,
            new TableMerge(More, "target.id = source.id")
            {
                Matched = [MergeStep.Delete("source.id = 8"), MergeStep.UpdateAll()],
                NotMatched = [MergeStep.InsertAll()],
            },
            null, Stop)),
        Then("upserted rows", (editor, name) => editor.UpsertAsync(name, More, Id, null, Stop)),
        new("changes with a feed of them", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, Numbers, With(properties, "delta.enableChangeDataFeed", "true"));
            await editor.UpdateAsync(
                name, new Dictionary<string, string> { ["x"] = "0e0" }, "id = 3", null, Stop);
            await editor.DeleteAsync(name, "id = 4", null, Stop);
        }),
        new("constraints", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, Numbers, properties);
            await editor.AddConstraintAsync(name, "positive", "id >= 0", Stop);
            await editor.WriteAsync(name, More, new(), null, Stop);
        }),
    ];

    static IEnumerable<OwnKind> Evolved =>
    [
        new("an added column", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, Numbers, properties);
            await editor.AddColumnAsync(name, new TableColumn("more", "string"), Stop);
            await editor.WriteAsync(name, $"select *, 'new' as more from ({More})", new(), null, Stop);
        }),
        new("columns that rows add", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, Numbers, properties);
            await editor.WriteAsync(
                name, $"select *, [1, 2] as l, {{'a': 1}} as s from ({More})", new() { AddsColumns = true }, null,
                Stop);
        }),
        new("a widened column", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, "select i::integer as id, i::float as x from range(5) t(i)", properties);
            await editor.WriteAsync(
                name, "select 9999999999::bigint as id, 0.1e0 as x", new() { WidensTypes = true }, null, Stop);
        }),
        new("renamed and dropped columns", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name, Numbers, With(properties, "delta.columnMapping.mode", "name"));
            await editor.RenameColumnAsync(name, "name", "title", Stop);
            await editor.DropColumnAsync(name, "x", Stop);
            await editor.AddColumnAsync(name, new TableColumn("x", "long"), Stop);
            await editor.WriteAsync(
                name, "select 100::bigint as id, 'new' as title, 7::bigint as x", new(), null, Stop);
        }),
        new("partitions whose column is renamed", async (editor, name, properties) =>
        {
            await WriteAsync(
                editor, name, $"select *, id % 2 as p from ({Numbers})",
                With(properties, "delta.columnMapping.mode", "name"), ["p"]);
            await editor.RenameColumnAsync(name, "p", "half", Stop);
            await editor.WriteAsync(name, $"select *, 5::bigint as half from ({More})", new(), null, Stop);
        }),
        new("lists and structs under mapped names", async (editor, name, properties) =>
        {
            await WriteAsync(
                editor, name, "select 1 as id, [{'a': 1, 'b': 'x'}] as l, {'c': [1]} as s, map {'k': {'v': 1}} as m",
                With(properties, "delta.columnMapping.mode", "name"));
            await editor.RenameColumnAsync(name, "s", "t", Stop);
        }),
    ];

    static IEnumerable<OwnKind> Kept =>
    [
        Small("small files in one", (editor, name) => editor.OptimizeAsync(name, new(), null, Stop)),
        Small("files along a curve", (editor, name) => editor.OptimizeAsync(
            name, new() { ZOrderBy = ["id", "x"] }, null, Stop)),
        Small("sorted files", (editor, name) => editor.OptimizeAsync(name, new() { SortBy = ["x"] }, null, Stop)),
        Small("a checkpoint", (editor, name) => Task.FromResult(editor.Checkpoint(name))),
        Small("a checkpoint and more", async (editor, name) =>
        {
            editor.Checkpoint(name);
            await editor.DeleteAsync(name, "id = 1", null, Stop);
        }),
        new("many versions and a log that is cleaned", async (editor, name, properties) =>
        {
            await WriteAsync(
                editor, name, Numbers, With(With(properties, "delta.checkpointInterval", "3"),
                    "delta.logRetentionDuration", "interval 0 seconds"));
            for (var i = 0; i < 8; i++)
                await editor.WriteAsync(name, $"select {i}::bigint as id, 'v' as name, 0e0 as x", new(), null, Stop);
        }),
        Then("restored rows", async (editor, name) =>
        {
            await editor.DeleteAsync(name, "id > 2", null, Stop);
            await editor.RestoreAsync(name, 0, Stop);
        }),
        new("a clone", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name + "_source", Numbers, properties);
            await editor.CloneAsync(name + "_source", null, name, Stop);
        }, IsMirrored: false),
        new("a clone that goes on", async (editor, name, properties) =>
        {
            await WriteAsync(editor, name + "_source", Numbers, properties);
            await editor.CloneAsync(name + "_source", null, name, Stop);
            await editor.WriteAsync(name, More, new(), null, Stop);
            await editor.DeleteAsync(name, "id = 2", null, Stop);
        }, IsMirrored: false),
    ];

    static OwnKind Rows(
        string name, string query, Dictionary<string, string>? properties = null, string[]? partitions = null,
        bool isMirrored = true) => new(
        name,
        (editor, table, more) => WriteAsync(
            editor, table, query, new Dictionary<string, string>(more.Concat(properties ?? [])), partitions),
        isMirrored);

    static OwnKind Then(string name, Func<TableEditor, string, Task> change) => new(
        name,
        async (editor, table, properties) =>
        {
            await WriteAsync(editor, table, Numbers, properties);
            await change(editor, table);
        });

    static OwnKind Small(string name, Func<TableEditor, string, Task> change) => Then(name, async (editor, table) =>
    {
        await editor.WriteAsync(table, More, new(), null, Stop);
        await editor.WriteAsync(table, "select 50::bigint as id, null::varchar as name, 1e0 as x", new(), null, Stop);
        await change(editor, table);
    });

    static Dictionary<string, string> With(IReadOnlyDictionary<string, string> properties, string key, string value) =>
        new(properties) { [key] = value };

    static Task WriteAsync(
        TableEditor editor, string name, string query, IReadOnlyDictionary<string, string> properties,
        string[]? partitions = null) => editor.WriteAsync(
        name, query, new() { Properties = properties, PartitionColumns = partitions ?? [] }, null, Stop);
}
