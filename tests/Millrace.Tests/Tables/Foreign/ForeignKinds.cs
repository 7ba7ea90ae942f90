using static Millrace.Tests.TablesRoom.Foreign.ForeignTable;

namespace Millrace.Tests.TablesRoom.Foreign;

/// <summary>Every kind of table that the reader must read, one for each case of the Delta project's golden tables.
/// </summary>
public static partial class ForeignKinds
{
    const string Ids = "select i::bigint as id, 'n' || i as name from range(10) t(i)";

    static readonly string IdFields = $"{Field("id", "long")},{Field("name", "string")}";

    public static IReadOnlyList<ForeignKind> All =>
    [
        .. Plain, .. Partitioned, .. Evolved, .. MappedKinds, .. Deleted, .. Checkpointed, .. Typed,
    ];

    public static ForeignKind Find(string name) => All.Single(kind => kind.Name == name);

    static IEnumerable<ForeignKind> Plain =>
    [
        new("files that come and go", table =>
        {
            table.Entry(0, Basic, Metadata(IdFields), table.Add("a.parquet", Ids), table.Add("b.parquet", Ids));
            table.Entry(1, Remove("a.parquet"), table.Add("c.parquet", Ids.Replace("range(10)", "range(20, 25)")));
            table.Entry(2, Remove("b.parquet"));
            table.Entry(3, table.Add("b.parquet", Ids));
        },
            $"{Ids.Replace("range(10)", "range(20, 25)")} union all {Ids}"),
        new("a path with escaped characters", table => table.Entry(
                0, Basic, Metadata(IdFields),
                table.Add("sub dir/p%art #1.parquet", Ids, logPath: "sub%20dir/p%25art%20%231.parquet")),
            Ids),
        new("a path that is whole", table => table.Entry(
                0, Basic, Metadata(IdFields), table.Add("a.parquet", Ids, logPath: $"file://{table.Folder}/a.parquet")),
            Ids, IsForClickHouse: false),
        new("no rows at all", table => table.Entry(0, Basic, Metadata(IdFields)), $"select * from ({Ids}) limit 0"),
        new("columns of no statistics", table => table.Entry(
                0, Basic, Metadata(IdFields), table.Add("a.parquet", Ids, stats: "{}")),
            Ids),
    ];

    static IEnumerable<ForeignKind> Partitioned =>
    [
        new("partitions of every type", table =>
        {
            var fields = string.Join(",",
                Field("v", "long"), Field("s", "string"), Field("i", "integer"), Field("b", "boolean"),
                Field("d", "date"), Field("t", "timestamp"), Field("n", "decimal(10,2)"), Field("x", "double"));
            string[] names = ["s", "i", "b", "d", "t", "n", "x"];
            table.Entry(
                0, Basic, Metadata(fields, names),
                table.Add("1.parquet", "select 1::bigint as v",
                    """
                    {"s":"ü 'q' %=/","i":"-7","b":"true","d":"2024-02-29","t":"2024-02-29T10:00:00.123456Z","n":"12.50",
                    "x":"1.5E10"}
                    """.ReplaceLineEndings("")),
                table.Add("2.parquet", "select 2::bigint as v",
                    """
                    {"s":"b","i":"2147483647","b":"false","d":"0001-01-01","t":"2024-02-29 10:00:00","n":"-0.01",
                    "x":"-0.25"}
                    """.ReplaceLineEndings("")),
                table.Add("3.parquet", "select 3::bigint as v",
                    """{"s":null,"i":null,"b":null,"d":null,"t":null,"n":null,"x":null}"""),
                table.Add("4.parquet", "select 4::bigint as v",
                    """{"s":"null","i":"","b":"","d":"","t":"","n":"","x":""}"""));
        },
            """
            select * from (values
                (1::bigint, 'ü ''q'' %=/', -7, true, date '2024-02-29', timestamptz '2024-02-29 10:00:00.123456+00',
                 12.50::decimal(10,2), 1.5e10::double),
                (2, 'b', 2147483647, false, date '0001-01-01', timestamptz '2024-02-29 10:00:00+00', -0.01, -0.25),
                (3, null, null, null, null, null, null, null), (4, 'null', null, null, null, null, null, null)
            ) t(v, s, i, b, d, t, n, x)
            """, IsForClickHouse: false),
        new("a partition of texts", table => table.Entry(
                0, Basic,
                Metadata($"{Field("day", "date")},{Field("kind", "string")},{Field("v", "long")}", ["day", "kind"]),
                table.Add("day=2024-01-01/kind=a%3Ab/1.parquet", "select 1::bigint as v",
                    """{"day":"2024-01-01","kind":"a:b"}""", logPath: "day=2024-01-01/kind=a%253Ab/1.parquet"),
                table.Add("day=2024-01-02/kind=c/1.parquet", "select i::bigint as v from range(2, 5) t(i)",
                    """{"day":"2024-01-02","kind":"c"}""")),
            """
            select date '2024-01-01' as day, 'a:b' as kind, 1::bigint as v
            union all select date '2024-01-02', 'c', i::bigint from range(2, 5) t(i)
            """),
        new("every column a partition", table => table.Entry(
                0, Basic, Metadata(Field("p", "integer"), ["p"]),
                table.Add("1.parquet", "select 1 as other from range(3)", """{"p":"5"}"""),
                table.Add("2.parquet", "select 1 as other from range(2)", """{"p":"6"}""")),
            "select 5 as p from range(3) union all select 6 from range(2)", IsForClickHouse: false),
    ];

    static IEnumerable<ForeignKind> Evolved =>
    [
        new("a column that came later, in another order", table =>
        {
            table.Entry(0, Basic, Metadata(Field("id", "long")), table.Add("a.parquet", "select 1::bigint as id"));
            table.Entry(
                1, Metadata($"{Field("name", "string")},{Field("id", "long")}"),
                table.Add("b.parquet", "select 2::bigint as id, 'two' as name"));
        },
            "select null::varchar as name, 1::bigint as id union all select 'two', 2"),
        new("types that became wider", table =>
        {
            const string Old =
                "select 1::tinyint as a, 2::integer as b, 1.5::float as c, 1.25::decimal(5,2) as d, 7::smallint as e, "
                + "date '2024-03-01' as f";
            const string New =
                "select 300::smallint as a, 5000000000::bigint as b, 1e300::double as c, "
                + "12345678.125::decimal(12,3) as d, "
                + "0.5::double as e, timestamp '2024-03-01 12:00:00.000001' as f";
            var narrow = string.Join(",",
                Field("a", "byte"), Field("b", "integer"), Field("c", "float"), Field("d", "decimal(5,2)"),
                Field("e", "short"), Field("f", "date"));
            var wide = string.Join(",",
                Field("a", "short"), Field("b", "long"), Field("c", "double"), Field("d", "decimal(12,3)"),
                Field("e", "double"), Field("f", "timestamp_ntz"));
            table.Entry(
                0, Protocol("typeWidening", "timestampNtz"), Metadata(narrow), table.Add("a.parquet", Old));
            table.Entry(1, Metadata(wide), table.Add("b.parquet", New));
        },
            """
            select * from (values
                (1::smallint, 2::bigint, 1.5::double, 1.25::decimal(12,3), 7::double, timestamp '2024-03-01 00:00:00'),
                (300, 5000000000, 1e300, 12345678.125, 0.5, timestamp '2024-03-01 12:00:00.000001')
            ) t(a, b, c, d, e, f)
            """, IsForClickHouse: false),
        new("fields that came later inside of others", table =>
        {
            static string Inner(string more) =>
                $$"""{"type":"struct","fields":[{{Field("x", "long")}}{{more}}]}""";
            static string Outer(string more) => string.Join(",",
                Field("s", Inner(more)),
                Field("l", $$"""{"type":"array","elementType":{{Inner(more)}},"containsNull":true}"""));
            table.Entry(
                0, Basic, Metadata(Outer("")),
                table.Add("a.parquet", "select {'x': 1::bigint} as s, [{'x': 2::bigint}, null] as l"));
            table.Entry(
                1, Metadata(Outer("," + Field("y", "string"))),
                table.Add("b.parquet",
                    "select {'x': 3::bigint, 'y': 'b'} as s, [{'x': 4::bigint, 'y': 'c'}] as l"));
        },
            """
            select {'x': 1::bigint, 'y': null::varchar} as s, [{'x': 2::bigint, 'y': null::varchar}, null] as l
            union all select {'x': 3, 'y': 'b'}, [{'x': 4, 'y': 'c'}]
            """, IsForClickHouse: false),
    ];
}
