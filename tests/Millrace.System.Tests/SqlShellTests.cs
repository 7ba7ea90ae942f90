using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary><c>millrace sql</c> on a terminal.</summary>
public sealed class SqlShellTests(TestRun run)
{
    const string Prompt = "millrace> ";
    const string Up = "\u001b[A";
    const string Left = "\u001b[D";
    const string Home = "\u0001";
    const string End = "\u0005";
    const string ControlC = "\u0003";
    const string ControlD = "\u0004";

    static readonly (int Rows, int Columns) Usual = (40, 100);

    [Fact]
    public async Task Statements_are_typed_on_several_lines_and_answered()
    {
        using var scratch = await WorkspaceAsync();

        var (shown, exitCode) = await TypeAsync(
            scratch, (Prompt, "create table t as\r"),
            ("... ", "select i as id, 'n' || i as name from range(3) r(i);\r"),
            ("t v0: create table as select, 3 rows inserted", "update t set name = 'new' where id = 1;\r"),
            ("1 row updated", "select * from t order by id;\r"), ("3 rows", "\\d t\r"), ("name    string", "\\q\r"));

        Assert.Equal(0, exitCode);
        Assert.Contains(
            "id  name\r\n──  ────\r\n 0  n0\r\n 1  new\r\n 2  n2\r\n3 rows", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_typed_comes_back_and_can_be_changed()
    {
        using var scratch = await WorkspaceAsync();

        await TypeAsync(scratch, (Prompt, "select 'first' as a;\r"), ("1 row", ControlD));
        var (shown, exitCode) = await TypeAsync(
            scratch, (Prompt, Up), ("'first' as a;", Left + "é"), ("as aé;", "\r"), ("1 row", "\u0012irs"),
            ("(search 'irs')", "\r"), (Prompt + "select 'first' as aé;", "\r"), ("1 row", ControlD));

        Assert.Equal(0, exitCode);
        Assert.Contains("aé\r\n", shown, StringComparison.Ordinal);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(scratch["state/millrace/sql_history"]));
    }

    [Fact]
    public async Task Ctrl_C_drops_what_is_typed_and_ends_what_runs_and_leaves_the_shell()
    {
        using var scratch = await WorkspaceAsync();

        var (shown, exitCode) = await TypeAsync(
            scratch, (Prompt, "select 'dropped"), ("dropped", ControlC),
            ("^C", "select count(*) from range(1000000000000) a(i), range(1000000) b(j) where i * j % 7 = 3;\r"),
            ("running", ControlC), ("Ended.", "select 40 + 2 as answer;\r"), ("1 row", "nonsense;\r"),
            ("hint", "select 'still here' as x;\r"), ("1 row", ControlD));

        Assert.Equal(0, exitCode);
        Assert.Contains("answer\r\n──────\r\n    42", shown, StringComparison.Ordinal);
        Assert.Contains("still here\r\n1 row", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tab_completes_names()
    {
        using var scratch = await WorkspaceAsync();

        var (shown, exitCode) = await TypeAsync(
            scratch,
            (Prompt, "create table photographs as select 7 as identity, 'x' as \"my column\";\r"),
            ("1 row inserted", "select identity from pho\t"), ("photographs", ";\r"),
            ("1 row", "select  from photographs p" + Home + "\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C"),
            ("photographs p", "p.id\t"), ("p.identity", End + ";\r"), ("1 row", "\\d ph\t"), ("photographs", "\r"),
            ("my column", "\\q\r"));

        Assert.Equal(0, exitCode);
        Assert.Contains("identity\r\n────────\r\n       7\r\n1 row", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wide_rows_fit_the_terminal_and_modes_show_them_whole()
    {
        using var scratch = await WorkspaceAsync();
        const string Wide = "select repeat('ab', 60) as a, repeat('日本', 30) as b, 'end' as c;\r";

        var (shown, exitCode) = await TypeAsync(
            scratch, (24, 60), (Prompt, Wide), ("1 row", ".mode line\r"), (Prompt, Wide), ("1 row", ".mode csv\r"),
            (Prompt, ".output out.csv\r"), ("rows go to", "select 1 as x, null as y, 'a,b' as z;\r"),
            ("1 rows to", ".mode nosuch\r"), ("hint", ".timing on\r"), ("timing is on", ".output\r"),
            ("screen", ".mode table\r"), (Prompt, "select chr(27) || '[31mred' as \"a b\";\r"), ("1 row", "\\q\r"));

        Assert.Equal(0, exitCode);
        var rows = shown.Split("\r\n").Where(row => row.Contains("abab", StringComparison.Ordinal)
            && row.Contains('…', StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(rows);
        Assert.Contains("\\x1b[31mred", shown, StringComparison.Ordinal);
        Assert.Contains("a = " + string.Concat(Enumerable.Repeat("ab", 60)), shown, StringComparison.Ordinal);
        Assert.Equal("x,y,z\n1,,\"a,b\"\n", await File.ReadAllTextAsync(scratch["out.csv"], CancellationToken.None));
    }

    [Fact]
    public async Task A_long_text_is_typed_and_pasted_over_more_rows_than_the_screen_has()
    {
        using var scratch = await WorkspaceAsync();
        var lines = string.Join('\r', Enumerable.Range(0, 40).Select(i => $"  {i} as c{i},"));

        var (shown, exitCode) = await TypeAsync(
            scratch, (10, 40), (Prompt, $"select\r{lines}\r 'the end' as last;\r"), ("1 row", Up), ("last", ControlC),
            (Prompt, ControlD));

        Assert.Equal(0, exitCode);
        Assert.Contains("the end", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_statements_come_from_standard_input()
    {
        using var scratch = await WorkspaceAsync();
        await File.WriteAllTextAsync(
            scratch["job.sql"],
            "create table t (a int);\n-- rows;\ninsert into t values (1), (2);\nselect sum(a) from t;\n",
            CancellationToken.None);

        var ended = (await run.Cli(scratch.Path).RunAsync("sql", "-f", "job.sql")).Ended(0);
        var refused = (await run.Cli(scratch.Path).RunAsync("sql", "select 1;\n insert into t values (1")).Ended(2);

        Assert.Contains("t v1: write, 2 rows inserted", ended.Output, StringComparison.Ordinal);
        Assert.Contains('3', ended.Output);
        refused.Says("Line 2, column 23: this is not closed.");
    }

    async Task<ScratchFolder> WorkspaceAsync()
    {
        var scratch = new ScratchFolder();
        (await run.Cli(scratch.Path).RunAsync("init")).Ended(0);
        return scratch;
    }

    Task<(string Shown, int ExitCode)> TypeAsync(
        ScratchFolder scratch, params (string Wanted, string Typed)[] steps) => TypeAsync(scratch, Usual, steps);

    Task<(string Shown, int ExitCode)> TypeAsync(
        ScratchFolder scratch, (int Rows, int Columns) size, params (string Wanted, string Typed)[] steps) =>
        TypedTerminal.TypeAsync(run, scratch.Path, size, ["sql"], steps);
}
