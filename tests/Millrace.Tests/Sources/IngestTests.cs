using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class IngestTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_csv_file_becomes_a_table_with_types_of_all_its_values()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(
            "a.csv",
            "id,name,price,big,day,time,flag,code,blank\n"
            + "1,\"O\"\"Hara, Jr\",1.5,18446744073709551615,2026-03-01,2026-03-01T10:00:00Z,true,007,\n"
            + "2,\"two\nlines\",-2,1,2026-03-02,2026-03-01 11:00:00.5Z,false,+1,\n"
            + "3,\"\",,2,2026-03-03,2026-03-01T10:00Z,true,1e400,\n");

        var report = await workspace.IngestAsync("t", "a.csv");

        Assert.Equal((3, 3, 0), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["id long", "name string", "price double", "big decimal(20,0)", "day date", "time timestamp",
                "flag boolean", "code string", "blank string"],
            report.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal([3, 3, 2, 3, 3, 3, 3, 3, 0], report.Columns.Select(column => column.Values));
        Assert.Equal(
            ["1|O\"Hara, Jr|1.5|18446744073709551615|2026-03-01|2026-03-01 10:00:00+00|true|007|null",
                "2|two\nlines|-2.0|1|2026-03-02|2026-03-01 11:00:00.5+00|false|+1|null",
                "3||null|2|2026-03-03|2026-03-01 10:00:00+00|true|1e400|null"],
            await workspace.RowsAsync(
                "select id::varchar, name, price::varchar, big::varchar, day::varchar, time::varchar, flag::varchar, "
                + "code, blank from t order by id"));
    }
}
