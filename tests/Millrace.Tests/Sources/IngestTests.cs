using Millrace.Pipelines;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class IngestTests
{
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

    [Fact]
    public async Task A_step_of_a_pipeline_holds_what_the_files_hold_now()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = workspace.WriteFile("a.csv", "a,b\n1,x\n2\n");

        var first = await RunAsync(workspace, path);
        workspace.WriteFile("a.csv", "a,b\n5,y\n");
        var second = await RunAsync(workspace, path);

        Assert.Contains("1 records are no rows", Assert.Single(first.Warnings));
        Assert.NotEqual(first.Sources[0].Hash, second.Sources[0].Hash);
        Assert.Equal(["5|y"], await workspace.RowsAsync("select * from t"));
        Assert.Empty(await workspace.RowsAsync("from \"t$quarantine\""));
    }

    static Task<TaskOutcome> RunAsync(TestWorkspace workspace, string path)
    {
        var pipeline = Pipeline.Create("night", []);
        pipeline.IngestSources(new IngestSettings { Table = "t", Sources = [path] });
        return workspace.RunTaskAsync(pipeline, "t");
    }
}
