namespace Millrace.Tests;

public sealed class GoldenTests : IDisposable
{
    readonly string _path = Path.Combine(Path.GetTempPath(), $"golden-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Equal_text_has_no_difference()
    {
        File.WriteAllText(_path, "one\ntwo\n");

        Assert.Null(Golden.Compare(_path, "one\ntwo\n"));
    }

    [Fact]
    public void A_difference_names_the_lines_and_the_next_step()
    {
        File.WriteAllText(_path, "one\ntwo\nthree\n");

        var difference = Golden.Compare(_path, "one\nthree\nfour\n");

        Assert.NotNull(difference);
        Assert.Contains("-    2 two\n+    3 four", difference);
        Assert.DoesNotContain("one", difference);
        Assert.DoesNotContain("three", difference);
        Assert.Contains("MILLRACE_ACCEPT=1", difference);
    }

    [Fact]
    public void A_missing_file_differs_even_from_no_text() => Assert.NotNull(Golden.Compare(_path, ""));
}
