using System.Globalization;
using Millrace.Tests.House;
using Millrace.Tests.ObjectsRoom;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom.Survival;

/// <summary>A line of a gigabyte: the others are rows, it is told, and memory stays what it is for short ones.
/// </summary>
[Collection(nameof(MeasuredMemory))]
public sealed class GigabyteLineTests
{
    const long Limit = 400L << 20;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static long LineBytes => TestScale.IsFull ? 1L << 30 : 256L << 20;

    [Theory]
    [InlineData("long.csv", "id,text\n1,a\n2,", "\n3,c\n")]
    [InlineData("quoted.csv", "id,text\n1,a\n2,\"", "\"\n3,c\n")]
    [InlineData("long.jsonl", "{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"text\":\"", "\"}\n{\"id\":3,\"text\":\"c\"}\n")]
    public async Task A_line_of_a_gigabyte_costs_itself_alone_and_little_memory(string name, string head, string tail)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = workspace.WriteFile(name, head);
        await AppendAsync(path, LineBytes, tail);
        // The kernel counts the peak anew from here.
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5", Stop);
        var before = PeakBytes();

        var report = await workspace.IngestAsync("t", name);

        var grown = PeakBytes() - before;
        Assert.Equal((3, 2, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(["1|a", "3|c"], await workspace.RowsAsync("select id, text from t order by id"));
        Assert.Equal(
            ["2|True"],
            await workspace.RowsAsync("select count(*) + 1, bool_and(object is not null) from \"t$quarantine\""));
        Assert.True(grown < Limit, $"Memory grew by {grown >> 20} MiB.");
    }

    static async Task AppendAsync(string path, long bytes, string tail)
    {
        var block = new byte[1 << 20];
        Array.Fill(block, (byte)'y');
        await using var file = File.Open(path, FileMode.Append);
        for (var written = 0L; written < bytes; written += block.Length)
        {
            await file.WriteAsync(block, Stop);
        }

        await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(tail), Stop);
    }

    static long PeakBytes() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
