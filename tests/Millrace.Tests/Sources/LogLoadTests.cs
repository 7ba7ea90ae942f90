using System.IO.Compression;
using System.Text;
using Millrace.Pipelines;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class LogLoadTests
{
    static readonly DateOnly Until = new(2026, 3, 15);

    [Fact]
    public async Task Plain_and_packed_files_are_loaded_once_each_before_the_bound()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "log-2026-03-13.jsonl", "{\"a\":1}\n{\"a\":2}\n");
        Write(workspace, "log-2026-03-14.jsonl.gz", Packed("{\"a\":3}\n"));
        Write(workspace, "log-2026-03-15.jsonl", "{\"a\":4}\n");
        Write(workspace, "log-of-no-day.jsonl", "{\"a\":5}\n");

        var first = await LoadAsync(workspace, Until);
        Assert.Equal(
            ["logs/log-2026-03-13.jsonl|1|{\"a\":1}", "logs/log-2026-03-13.jsonl|2|{\"a\":2}",
                "logs/log-2026-03-14.jsonl.gz|1|{\"a\":3}"],
            await RowsAsync(workspace));

        Assert.Equal(first.Versions, (await LoadAsync(workspace, Until)).Versions);
        await LoadAsync(workspace, Until.AddDays(1));
        Assert.Equal(4, (await RowsAsync(workspace)).Count);
    }

    [Fact]
    public async Task Bad_lines_are_quarantined_with_file_line_and_reason()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(
            workspace, "log-2026-03-14.jsonl",
            [.. "{\"a\":1}\nnot\0json\n[1]\n{} {}\n\n{\"a\":"u8, 0xff, 0xfe, .. "}\n\"text\"\n{\"b\":2}"u8]);

        var outcome = await LoadAsync(workspace, Until);

        Assert.Equal(["1", "8"], await workspace.RowsAsync("select line from raw order by line"));
        Assert.Equal(
            ["2", "3", "4", "5", "6", "7"],
            await workspace.RowsAsync("select line from \"raw$quarantine\" where reason <> '' order by line"));
        Assert.Equal(
            ["it has bytes that are no UTF-8 text"],
            await workspace.RowsAsync("select reason from \"raw$quarantine\" where line = 6"));
        Assert.Contains("6 of 8 lines", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public async Task A_text_that_is_no_plain_letters_is_kept_as_it_is()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var line = "{\"a\":\"größe 🐈 \\u0000 \ufffd\"}";
        Write(workspace, "log-2026-03-14.jsonl", line + "\n");

        await LoadAsync(workspace, Until);

        Assert.Equal([line], await workspace.RowsAsync("select body from raw"));
    }

    [Fact]
    public async Task A_file_that_changed_after_it_was_loaded_is_warned_of_and_left()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "log-2026-03-14.jsonl", "{\"a\":1}\n");
        await LoadAsync(workspace, Until);

        Write(workspace, "log-2026-03-14.jsonl", "{\"a\":1}\n{\"a\":2}\n");
        var outcome = await LoadAsync(workspace, Until);

        Assert.Contains("changed after it was loaded", Assert.Single(outcome.Warnings));
        Assert.Single(await RowsAsync(workspace));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_damaged_packed_file_is_named_and_nothing_is_loaded(int kind)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var packed = Packed(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"a\":{i * 7919 % 5000}}}\n")));
        var damaged = kind switch
        {
            0 => packed[..(packed.Length / 2)],
            1 => [.. packed[..20], (byte)(packed[20] ^ 0xff), .. packed[21..]],
            _ => Encoding.ASCII.GetBytes("{\"a\":1}\n"),
        };
        Write(workspace, "log-2026-03-13.jsonl", "{\"a\":1}\n");
        Write(workspace, "log-2026-03-14.jsonl.gz", damaged);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => LoadAsync(workspace, Until));

        Assert.Equal("source-damaged", failure.Code);
        Assert.Contains("log-2026-03-14.jsonl.gz", failure.Message);
        Assert.Null(workspace.Log("raw"));
    }

    [Fact]
    public async Task An_empty_file_is_loaded_when_it_has_lines()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "log-2026-03-14.jsonl", "");
        await LoadAsync(workspace, Until);
        Assert.Empty(await RowsAsync(workspace));

        Write(workspace, "log-2026-03-14.jsonl", "{}\n");
        await LoadAsync(workspace, Until);
        Assert.Single(await RowsAsync(workspace));
    }

    [Fact]
    public async Task Line_ends_of_other_systems_and_a_byte_order_mark_are_no_part_of_a_line()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "log-2026-03-14.jsonl", [0xef, 0xbb, 0xbf, .. "{\"a\":1}\r\n{\"a\":2}\r\n"u8]);

        await LoadAsync(workspace, Until);

        Assert.Equal(["{\"a\":1}", "{\"a\":2}"], await workspace.RowsAsync("select body from raw order by line"));
    }

    [Fact]
    public async Task A_huge_line_is_quarantined_with_its_beginning()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Write(workspace, "log-2026-03-14.jsonl", "{\"a\":\"" + new string('x', 17 << 20) + "\"}\n{\"a\":2}\n");

        await LoadAsync(workspace, Until);

        Assert.Equal(["2"], await workspace.RowsAsync("select line from raw"));
        Assert.Equal(["1|1024"], await workspace.RowsAsync("select line, length(body) from \"raw$quarantine\""));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var failure = await Assert.ThrowsAsync<MillraceException>(() => LoadAsync(workspace, Until));

        Assert.Equal("source-missing", failure.Code);
    }

    static byte[] Packed(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    static void Write(TestWorkspace workspace, string name, string text) =>
        Write(workspace, name, Encoding.UTF8.GetBytes(text));

    static void Write(TestWorkspace workspace, string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.Join(workspace.Outside, "logs"));
        File.WriteAllBytes(Path.Join(workspace.Outside, "logs", name), bytes);
    }

    static Task<TaskOutcome> LoadAsync(TestWorkspace workspace, DateOnly until)
    {
        var pipeline = Pipeline.Create("night", []);
        pipeline.LoadLogs("raw", Path.Join(workspace.Outside, "logs"), "log-*", until);
        return workspace.RunTaskAsync(pipeline, "raw");
    }

    static Task<List<string>> RowsAsync(TestWorkspace workspace) =>
        workspace.RowsAsync("select file, line, body from raw order by file, line");
}
