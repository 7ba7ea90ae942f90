namespace Millrace.Tests.House;

public sealed class TidyTests
{
    const string Path = "src/Millrace/Objects/Example.cs";

    [Fact]
    public void Every_source_file_is_tidy()
    {
        var files = Repository.SourceFiles().ToList();

        var found = files.SelectMany(file => TidyRules.Check(file, File.ReadAllText(Repository.PathOf(file)))).ToList();

        Assert.Contains("src/Millrace/MillraceException.cs", files);
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Theory]
    [InlineData("src/Millrace/Objects/ShardManager.cs", "'Manager'")]
    [InlineData("src/Millrace/Objects/HttpUtils.cs", "'Utils'")]
    [InlineData("tests/Helpers.cs", "'Helpers'")]
    public void A_vague_file_name_is_found(string path, string word) => AssertFound($"vague word {word}", "", path);

    [Theory]
    [InlineData("sealed class JobProcessor { }", "'Processor'")]
    [InlineData("readonly record struct ShardInfo(int Size);", "'Info'")]
    [InlineData("interface IStringHelper { }", "'Helper'")]
    [InlineData("class A { enum CommonKind { One } }", "'Common'")]
    [InlineData("delegate int MiscCall(int x);", "'Misc'")]
    [InlineData("class ReaderImpl<T> where T : class { }", "'Impl'")]
    [InlineData("[A]\npublic sealed class DateUtility;", "'Utility'")]
    public void A_vague_type_name_is_found(string text, string word) => AssertFound($"vague word {word}", text);

    [Fact]
    public void A_long_file_is_found()
    {
        AssertTidy(string.Concat(Enumerable.Repeat("\n", 599)) + "class A;\n");
        AssertFound("has 601 lines", string.Concat(Enumerable.Repeat("\n", 600)) + "class A;\n");
        AssertFound("has 601 lines", string.Concat(Enumerable.Repeat("\n", 600)) + "select 1\n", "src/a.sql");
    }

    [Fact]
    public void A_wide_line_is_found()
    {
        AssertTidy($"// {new string('a', 117)}\n");
        AssertFound(":2 has 121 columns", $"\n// {new string('a', 118)}\n");
    }

    [Theory]
    [InlineData("class A; // TODO: later", Path)]
    [InlineData("/* a\n FIXME */", Path)]
    [InlineData("-- HACK around it", "src/a.sql")]
    public void Postponed_work_is_found(string text, string path) => AssertFound("postpones work", text, path);

    [Theory]
    [InlineData("// return x;")]
    [InlineData("// Open(path);")]
    [InlineData("// var x = 1;")]
    [InlineData("// _count += 2;")]
    [InlineData("// if (x > 1) {")]
    [InlineData("// }")]
    [InlineData("// foreach (var x in y) { Add(x); }")]
    [InlineData("// i++;")]
    public void Code_in_a_comment_is_found(string text) =>
        AssertFound("is code in a comment", $"class A;\n    {text}\n");

    [Fact]
    public void Work_that_throws_instead_is_found() =>
        AssertFound(":2 throws instead", "class A {\n int B() => throw new NotImplementedException(); }");

    [Theory]
    [InlineData("[Fact(Skip = \"slow\")]")]
    [InlineData("[Theory(DisplayName = \"x\",\n SkipWhen = nameof(X))]")]
    [InlineData("[Fact(Explicit = true)]")]
    [InlineData("[Fact(Explicit = true)]\npublic void A_child_writes() { }")]
    [InlineData("[Fact(Explicit = true)]\npublic void A() { }\n[Fact]\npublic void Child_writes() { }")]
    [InlineData("[Fact(Explicit = true, Skip = \"slow\")]\npublic void Child_writes() { }")]
    [InlineData("[Fact(Skip = \"slow\")]\npublic void Child_writes() { }")]
    [InlineData("void A() => Assert.SkipUnless(true, \"x\");")]
    public void A_skipped_test_is_found(string text) => AssertFound("skips a test", text);

    [Theory]
    [InlineData("[Fact(Explicit = true)]\n    public void Child_writes() { }")]
    [InlineData("[Fact(Explicit = true)]\n    public async Task Child_writes() { }")]
    public void The_child_process_of_another_test_is_no_skipped_test(string text) =>
        AssertTidy($"class A\n{{\n    {text}\n}}\n");

    [Theory]
    [InlineData("sealed class A { }\nsealed class B { }", "2 top-level types (A, B)")]
    [InlineData("namespace N;\ninterface IA;\nrecord B(int X);\nenum C { One }", "3 top-level types (IA, B, C)")]
    [InlineData("namespace N\n{\n class A { class Inner; }\n class B;\n}", "2 top-level types (A, B)")]
    public void A_second_top_level_type_is_found(string text, string sentence) => AssertFound(sentence, text);

    [Fact]
    public void A_path_of_one_machine_is_found()
    {
        // Put together here, or the rule would find this file.
        AssertFound("folder of one machine", "class A { string B = \"/" + "home/ann/data\"; }");
        AssertFound("folder of one machine", "cd /" + "root/project\n", "src/build.sh");
    }

    [Theory]
    [InlineData("namespace N;\nabstract record Shape;\nsealed record Square(int Side) : Shape;\nenum Kind { One }")]
    [InlineData("class A { class B { } struct C { } }")]
    [InlineData("sealed class A { }\nfile sealed class B { }")]
    [InlineData("class Batch { }\nclass Batch<T> where T : class { }")]
    [InlineData("// Says why; then the next reader knows.\n// See the paper (section 3);")]
    [InlineData("/// <code>var x = 1;</code>\nclass Information;")]
    [InlineData("// The name is {room}/{name}\nclass Implied;")]
    [InlineData("class A { string B = \"TODO // return x; \\\" class Helper\"; }")]
    [InlineData("class A { string B = $\"{(x ? \"TODO\" : $\"{y:HH'h'}\")} // return 1;\"; }")]
    [InlineData("class A { string B = @\"x\"\"TODO\nclass Helper { }\"; char C = '\"'; char D = '\\''; }")]
    [InlineData("class A { string B = $$\"\"\"\nclass Util {\n{{x[\"}\"]}} \"\" // return 1;\n\"\"\"; }")]
    [InlineData("class A { int B => Environment.ProcessorCount; string Url = \"https://x.org/home/a\"; }")]
    [InlineData("class A { void B() { query.Skip(3); var Skip = 1; } }")]
    public void Honest_text_is_tidy(string text) => AssertTidy(text);

    [Fact]
    public void A_sample_shows_a_whole_job_in_one_file() =>
        Assert.Empty(TidyRules.Check("samples/a/nightly.cs", "Run();\nclass A { }\nclass B { }"));

    [Fact]
    public void What_is_not_written_by_people_is_not_checked() =>
        Assert.Empty(TidyRules.Check("src/Millrace/packages.lock.json", new string('\n', 1000)));

    static void AssertFound(string sentence, string text, string path = Path) =>
        Assert.Contains(TidyRules.Check(path, text), line => line.Contains(sentence, StringComparison.Ordinal));

    static void AssertTidy(string text) => Assert.Empty(TidyRules.Check(Path, text));
}
