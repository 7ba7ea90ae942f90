using static Millrace.Tests.TablesRoom.Foreign.ForeignTable;

namespace Millrace.Tests.TablesRoom.Foreign;

/// <summary>Kinds of tables that need features of their reader, checkpoints, and the types.</summary>
public static partial class ForeignKinds
{
    static readonly string MappedFields = string.Join(",",
        Mapped("id now", "long", 1, "col-1"),
        Mapped(
            "s", $$"""{"type":"struct","fields":[{{Mapped("inner now", "string", 3, "col-3")}},{{Mapped(
                "later", "long", 4, "col-4")}}]}""", 2, "col-2"),
        Mapped(
            "l", $$"""{"type":"array","elementType":{"type":"struct","fields":[{{Mapped(
                "e now", "long", 6, "col-6")}}]},"containsNull":true}""", 5, "col-5"),
        Mapped(
            "m", $$"""{"type":"map","keyType":"string","valueType":{"type":"struct","fields":[{{Mapped(
                "v now", "long", 8, "col-8")}}]},"valueContainsNull":true}""", 7, "col-7"),
        Mapped("p", "string", 9, "col-9"));

    const string MappedRows =
        """
        select i::bigint as "id now",
            case when i = 1 then null else {'inner now': 'n' || i, 'later': null::bigint} end as s,
            [{'e now': i::bigint}, null] as l, map {'k': {'v now': i::bigint}} as m, 'part' as p
        from range(3) t(i)
        """;

    static IEnumerable<ForeignKind> MappedKinds =>
    [
        new("columns found by name", table => table.Entry(
                0, """{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}""",
                Metadata(
                    MappedFields, ["p"],
                    """{"delta.columnMapping.mode":"name","delta.columnMapping.maxColumnId":"9"}"""),
                table.Add("a.parquet",
                    """
                    select i::bigint as "col-1", case when i = 1 then null else {'col-3': 'n' || i} end as "col-2",
                        [{'col-6': i::bigint}, null] as "col-5", map {'k': {'col-8': i::bigint}} as "col-7"
                    from range(3) t(i)
                    """,
                    """{"col-9":"part"}""")),
            MappedRows, IsForClickHouse: false),
        new("columns found by id", table => table.Entry(
                0, Protocol("columnMapping"),
                Metadata(
                    MappedFields, ["p"], """{"delta.columnMapping.mode":"id","delta.columnMapping.maxColumnId":"9"}"""),
                table.Add("a.parquet",
                    """
                    select 99 as "col-1", i::bigint as a, case when i = 1 then null else {'c': 'n' || i} end as b,
                        [{'f': i::bigint}, null] as e, map {'k': {'h': i::bigint}} as g
                    from range(2) t(i)
                    """,
                    """{"col-9":"part"}""",
                    options: ", field_ids {a: 1, b: {__duckdb_field_id: 2, c: 3}, e: {__duckdb_field_id: 5, "
                        + "element: {f: 6}}, g: {__duckdb_field_id: 7, value: {h: 8}}}"),
                table.Add("b.parquet",
                    """
                    select 2::bigint as z, {'y': 'n2'} as x, [{'w': 2::bigint}, null] as v,
                        map {'k': {'t': 2::bigint}} as u
                    """,
                    """{"col-9":"part"}""",
                    options: ", field_ids {z: 1, x: {__duckdb_field_id: 2, y: 3}, v: {__duckdb_field_id: 5, "
                        + "element: {w: 6}}, u: {__duckdb_field_id: 7, value: {t: 8}}}")),
            MappedRows, IsForClickHouse: false),
        new("flat columns found by name", table => table.Entry(
                0, """{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}""",
                Metadata(
                    $"{Mapped("id", "long", 1, "col-1")},{Mapped("name", "string", 2, "col-2")}", null,
                    """{"delta.columnMapping.mode":"name","delta.columnMapping.maxColumnId":"2"}"""),
                table.Add("a.parquet", Ids.Replace("as id", "as \"col-1\"").Replace("as name", "as \"col-2\""))),
            Ids),
    ];

    static IEnumerable<ForeignKind> Deleted =>
    [
        new("deleted rows told in the log", table =>
        {
            var add = table.Add("a.parquet", Ids);
            table.Entry(0, Protocol("deletionVectors"), Metadata(IdFields), add, table.Add("b.parquet", Ids));
            table.Entry(
                1, Remove("a.parquet"), table.Add("a.parquet", Ids, vector: Inline(1, 3, 9)));
        },
            $"{Ids} union all select * from ({Ids}) where id not in (1, 3, 9)"),
        new("deleted rows told in a file, as bits", table =>
        {
            var query = Ids.Replace("range(10)", "range(20000)");
            uint[] places = [.. Enumerable.Range(0, 10_000).Select(i => (uint)(i * 2))];
            table.Entry(
                0, Protocol("deletionVectors"), Metadata(IdFields),
                table.Add("a.parquet", query, vector: table.InFile(Bitmap(places), places.Length)));
        },
            $"select * from ({Ids.Replace("range(10)", "range(20000)")}) where id % 2 = 1"),
        new("deleted rows told in a file with a whole path, as a run", table => table.Entry(
                0, Protocol("deletionVectors"), Metadata(IdFields),
                table.Add("a.parquet", Ids.Replace("range(10)", "range(1000)"),
                    vector: table.InFile(Run(100, 899), 800, isWholePath: true))),
            $"select * from ({Ids.Replace("range(10)", "range(1000)")}) where id < 100 or id >= 900",
            IsForClickHouse: false),
        new("other deleted rows of a file in each version", table =>
        {
            table.Entry(0, Protocol("deletionVectors"), Metadata(IdFields), table.Add("a.parquet", Ids));
            table.Entry(1, Remove("a.parquet"), table.Add("a.parquet", Ids, vector: Inline(1)));
            table.Entry(2, Remove("a.parquet", Inline(1)), table.Add("a.parquet", Ids, vector: Inline(1, 2)));
            table.Entry(3, Remove("a.parquet", Inline(1, 2)), table.Add("a.parquet", Ids, vector: Inline(2)));
        },
            $"select * from ({Ids}) where id <> 2"),
    ];

    static IEnumerable<ForeignKind> Checkpointed =>
    [
        Checkpoint("a checkpoint of one file", (table, actions) =>
            table.Checkpoint("00000000000000000002.checkpoint.parquet", [Basic, .. actions])),
        Checkpoint("a checkpoint of several files", (table, actions) =>
        {
            string[] lines = [Basic, .. actions];
            for (var part = 1; part <= 3; part++)
            {
                table.Checkpoint(
                    $"00000000000000000002.checkpoint.{part:D10}.{3:D10}.parquet",
                    [.. lines.Where((_, i) => i % 3 == part - 1)]);
            }
        }),
        Checkpoint("a checkpoint in JSON with sidecars", (table, actions) =>
        {
            Sidecars(table, actions);
            File.WriteAllLines(
                Path.Join(table.Log, "00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"),
                V2Top(table, actions));
        }),
        Checkpoint("a checkpoint in Parquet with sidecars", (table, actions) =>
        {
            Sidecars(table, actions);
            table.Checkpoint(
                "00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet", V2Top(table, actions));
        }),
        Checkpoint("a checkpoint with nothing before it", (table, actions) =>
        {
            table.Checkpoint("00000000000000000002.checkpoint.parquet", [Basic, .. actions]);
            table.DeleteEntries(0, 1, 2);
            File.WriteAllText(Path.Join(table.Log, "_last_checkpoint"), """{"version":2,"size":4}""");
        }),
        Checkpoint("a broken hint at the last checkpoint", (table, actions) =>
        {
            table.Checkpoint("00000000000000000002.checkpoint.parquet", [Basic, .. actions]);
            File.WriteAllText(Path.Join(table.Log, "_last_checkpoint"), """{"version":""");
        }),
    ];

    static IEnumerable<ForeignKind> Typed =>
    [
        new("every type", table => table.Entry(
                0, Protocol("timestampNtz"),
                Metadata(string.Join(",",
                    Field("l", "long"), Field("i", "integer"), Field("s", "short"), Field("b", "byte"),
                    Field("d", "double"), Field("f", "float"), Field("t", "string"), Field("o", "boolean"),
                    Field("y", "binary"), Field("a", "date"), Field("z", "timestamp"), Field("n", "timestamp_ntz"),
                    Field("c", "decimal(38,18)"),
                    Field("r", """{"type":"array","elementType":"long","containsNull":true}"""),
                    Field("m", """{"type":"map","keyType":"string","valueType":"double","valueContainsNull":true}"""))),
                table.Add("a.parquet", EveryType)),
            EveryType),
        new("a column of nothing", table => table.Entry(
                0, Basic, Metadata($"{Field("id", "long")},{Field("nothing", "void")}"),
                table.Add("a.parquet", "select 1::bigint as id")),
            "select 1::bigint as id, null::integer as nothing", IsForClickHouse: false),
        new("column names that DuckDB has a use for", table => table.Entry(
                0, Basic, Metadata(string.Join(",",
                    Field("file_row_number", "long"), Field("file_index", "long"), Field("filename", "string"),
                    Field("select", "long")), ["select"]),
                table.Add("a.parquet", "select 7::bigint as file_row_number, 8::bigint as file_index, 'x' as filename",
                    """{"select":"1"}"""),
                table.Add("b.parquet", "select 9::bigint as file_row_number, 0::bigint as file_index, 'y' as filename",
                    """{"select":"2"}""")),
            """
            select 7::bigint as file_row_number, 8::bigint as file_index, 'x' as filename, 1::bigint as "select"
            union all select 9, 0, 'y', 2
            """, IsForClickHouse: false),
    ];

    const string EveryType =
        """
        select (-9223372036854775807 - 1)::bigint as l, 2147483647::integer as i,
            (-32768)::smallint as s, 127::tinyint as b,
            1e-300::double as d, 1.5::float as f, 'ü' as t, true as o, '\x00\xff'::blob as y, date '1969-12-31' as a,
            timestamptz '1969-12-31 23:59:59.999999+00' as z, timestamp '2024-01-01 00:00:00.000001' as n,
            12345678901234567890.123456789012345678::decimal(38,18) as c, [1::bigint, null] as r,
            map {'k': 0.5::double} as m
        union all
        select null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
        """;

    static ForeignKind Checkpoint(string name, Action<ForeignTable, string[]> write) => new(
        name,
        table =>
        {
            var first = table.Add("a.parquet", Ids, """{"p":"x"}""");
            var second = table.Add("b.parquet", Ids, """{"p":"y"}""");
            var third = table.Add("c.parquet", Ids, """{"p":null}""");
            var metadata = Metadata($"{IdFields},{Field("p", "string")}", ["p"]);
            var mark = """{"txn":{"appId":"app","version":7,"lastUpdated":1}}""";
            table.Entry(0, Basic, metadata, first);
            table.Entry(1, mark, second);
            table.Entry(2, Remove("a.parquet"), third);
            write(table, [metadata, mark, Remove("a.parquet"), second, third]);
            table.Entry(3, table.Add("d.parquet", Ids, """{"p":"z"}"""));
        },
        $"select * from ({Ids}), (values ('y'), (null), ('z')) q(p)");

    static string[] V2Top(ForeignTable table, string[] actions) =>
    [
        """{"checkpointMetadata":{"version":2}}""", Protocol("v2Checkpoint"), actions[0], actions[1],
        .. new[] { "one", "two" }.Select(name => $$$"""
            {"sidecar":{"path":"{{{name}}}.parquet","sizeInBytes":{{{new FileInfo(
                Path.Join(table.Log, "_sidecars", $"{name}.parquet")).Length}}},"modificationTime":1}}
            """),
    ];

    static void Sidecars(ForeignTable table, string[] actions)
    {
        // The feature must be there for such a checkpoint.
        table.Entry(0, Protocol("v2Checkpoint"), actions[0], table.Add("a.parquet", Ids, """{"p":"x"}"""));
        table.Checkpoint("_sidecars/one.parquet", actions[2], actions[3]);
        table.Checkpoint("_sidecars/two.parquet", actions[4]);
    }
}
