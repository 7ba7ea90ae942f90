using Millrace.App.Versions;

namespace Millrace.Tests.VersionsRoom;

public sealed class StatusLinesTests
{
    [Fact]
    public void A_first_add_of_many_files_is_a_few_lines()
    {
        List<StatusLine> lines =
        [
            new("new file", "README.md"),
            .. Enumerable.Range(0, 20_000).Select(i => new StatusLine("new file", $"data/d{i % 100}/f{i}")),
            .. Enumerable.Range(0, 3).Select(i => new StatusLine("modified", $"data/m{i}")),
            new("", "scratch/", 7),
        ];

        Assert.Equal(
            """
            Staged:
              new file      README.md
              new file      data/ (20,000 files)
              modified      data/m0
              modified      data/m1
              modified      data/m2
              scratch/ (7 files)

            """,
            Written(lines, isWhole: false, out var isShortened));
        Assert.True(isShortened);
        Assert.Equal(lines.Count + 1, Written(lines, isWhole: true, out isShortened).Count(c => c == '\n'));
        Assert.False(isShortened);
    }

    [Fact]
    public void As_many_as_anybody_reads_are_shown_one_by_one()
    {
        var lines = Enumerable.Range(0, StatusLines.LinesMax).Select(i => new StatusLine("deleted", $"d/f{i}"))
            .ToList();

        Assert.DoesNotContain("files)", Written(lines, isWhole: false, out var isShortened));
        Assert.False(isShortened);
    }

    [Fact]
    public void Many_files_of_the_root_are_counted_behind_the_first()
    {
        var lines = Enumerable.Range(0, 1_000).Select(i => new StatusLine("new file", $"f{i}")).ToList();

        var text = Written(lines, isWhole: false, out _);

        Assert.Equal(StatusLines.LinesMax + 2, text.Count(c => c == '\n'));
        Assert.EndsWith("  new file      and 900 more files here\n", text);
    }

    [Fact]
    public void No_line_is_no_section()
    {
        Assert.Equal("", Written([], isWhole: false, out _));
    }

    static string Written(List<StatusLine> lines, bool isWhole, out bool isShortened)
    {
        using var output = new StringWriter();
        isShortened = StatusLines.Write(output, "Staged:", lines, isWhole);
        return output.ToString();
    }
}
