using Millrace.Tables.Frames;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom.Frames;

/// <summary>Text files whose values DuckDB would take for others.</summary>
public sealed class FileTypeTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("{\"a\":9007199254740993}\n{\"a\":0.5}", "DECIMAL(17,1)", "9007199254740993.0|0.5")]
    [InlineData("{\"a\":12345678901234567890}\n{\"a\":1.25}", "DECIMAL(22,2)", "12345678901234567890.00|1.25")]
    [InlineData("{\"a\":0.30000000000000004}\n{\"a\":1e300}", "DOUBLE", "0.30000000000000004|1e+300")]
    [InlineData("{\"a\":9007199254740993}\n{\"a\":1e300}", "VARCHAR", "9007199254740993|1e+300")]
    [InlineData(
        "{\"a\":\"2026-01-01T10:00:00+02:00\"}\n{\"a\":\"2026-01-01T10:00:00Z\"}", "TIMESTAMP WITH TIME ZONE",
        "2026-01-01 08:00:00+00|2026-01-01 10:00:00+00")]
    [InlineData(
        "{\"a\":\"2026-01-01T10:00:00+02:00\"}\n{\"a\":\"2026-01-01T10:00:00\"}", "VARCHAR",
        "2026-01-01T10:00:00+02:00|2026-01-01T10:00:00")]
    [InlineData("{\"a\":\"2026-01-01T10:00:00\"}", "TIMESTAMP", "2026-01-01 10:00:00")]
    public async Task Json_keeps_its_values(string text, string type, string values) =>
        await KeepsAsync("x.json", text, engine => engine.Json(_scratch["x.json"]), type, values);

    [Theory]
    [InlineData("a,b\n123456789.123456789123,x\n0.5,y", "DECIMAL(21,12)", "123456789.123456789123|0.500000000000")]
    [InlineData("a,b\n01/02/2026,x\n03/04/2026,y", "VARCHAR", "01/02/2026|03/04/2026")]
    [InlineData("a,b\n2026-01-02,x", "DATE", "2026-01-02")]
    [InlineData("a,b\n\"\",x\nz,y", "VARCHAR", "|z")]
    public async Task Delimited_text_keeps_its_values(string text, string type, string values) =>
        await KeepsAsync("x.csv", text, engine => engine.Csv(_scratch["x.csv"]), type, values);

    async Task KeepsAsync(string name, string text, Func<FrameEngine, Frame> read, string type, string values)
    {
        await File.WriteAllTextAsync(_scratch[name], text, Stop);
        var frame = read(new FrameEngine(_scratch.Path));

        Assert.Equal(type, frame.Schema()[0].SqlType);
        var shown = frame.Engine.Sql("select coalesce(cast(a as varchar), 'null') as a from f", ("f", frame));
        Assert.Equal(values.Split('|'), await shown.ToListAsync(row => row.Text(0), Stop));
    }
}
