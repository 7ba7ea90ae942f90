using System.Xml;
using System.Xml.Linq;
using Millrace.App.Tables;
using Millrace.Tables.Profiles;
using Spectre.Console;

namespace Millrace.Tests.TablesRoom.Profiles;

public sealed class ProfilePageTests : IDisposable
{
    const string Rows = """
        select i as id, i % 7 as day, case when i % 10 = 0 then null else i / 3.0 end as x, 'word ' || (i % 5) as word,
            i % 2 = 0 as even, timestamp '2024-01-01' + interval (i) hour as at, [i] as list
        from range(1000) t(i)
        """;

    readonly ProfiledFile _file = new();

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task A_page_needs_nothing_beside_itself()
    {
        var page = ProfilePage.Of(await _file.ProfileAsync(Rows));

        var html = Parsed(page);
        var names = html.Descendants().Select(element => element.Name.LocalName).ToHashSet();
        Assert.DoesNotContain("script", names);
        Assert.DoesNotContain("link", names);
        Assert.DoesNotContain("img", names);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", page, StringComparison.Ordinal);
        Assert.Equal(7, html.Descendants("article").Count());
        Assert.Equal(7, html.Descendants("article").ElementAt(1).Descendants("rect").Count());
    }

    [Fact]
    public async Task Names_and_values_of_the_data_are_never_a_part_of_the_page()
    {
        var page = ProfilePage.Of(await _file.ProfileAsync(
            """
            select '<script>alert(1)</script>' as "<img src=x onerror=alert(2)>", ' "''&' || chr(27) || '[31m' as b,
                i as c from range(100) t(i)
            """));

        var html = Parsed(page);
        Assert.DoesNotContain(html.Descendants(), element => element.Name.LocalName is "script" or "img");
        Assert.DoesNotContain('\u001b', page);
        Assert.Contains(
            html.Descendants("h3"), name => name.Value == "<img src=x onerror=alert(2)>");
    }

    [Fact]
    public async Task A_terminal_gets_letters_that_it_has()
    {
        var profile = await _file.ProfileAsync(Rows);

        var plain = Shown(profile, isAscii: true);
        var blocks = Shown(profile, isAscii: false);

        Assert.DoesNotContain(plain, letter => letter > 127);
        Assert.Contains("████", blocks, StringComparison.Ordinal);
        Assert.Contains("1,000 rows x 7 columns", blocks, StringComparison.Ordinal);
        Assert.Contains("1,000 unique", blocks, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_says_all_of_it()
    {
        var profile = await _file.ProfileAsync(Rows);

        var json = ProfileJson.Of(profile);

        Assert.Equal(1000, (long)json["rows"]!);
        Assert.Equal("number", (string?)json["columns"]![1]!["kind"]);
        Assert.Equal(1000, json["columns"]![1]!["histogram"]!["counts"]!.AsArray().Sum(count => (long)count!));
        Assert.Equal(
            profile.Findings.Select(finding => finding.Code),
            json["findings"]!.AsArray().Select(finding => (string?)finding!["code"]));
        Assert.NotEmpty(json.ToJsonString());
    }

    [Theory]
    [InlineData("0 1 2 8", " ▂▃█")]
    [InlineData("0 0", "  ")]
    [InlineData("", "")]
    [InlineData("1000000 1", "█▁")]
    public void A_spread_is_drawn_with_eight_heights(string counts, string drawn) =>
        Assert.Equal(drawn, Sparkline.Of(
            [.. counts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(double.Parse)], isAscii: false));

    static string Shown(TableProfile profile, bool isAscii)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 400;
        new ProfileText(console, isAscii).Write(profile);
        return writer.ToString();
    }

    // A page that is well-formed XML has no tag that a value broke out of.
    static XDocument Parsed(string page)
    {
        using var reader = XmlReader.Create(
            new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
