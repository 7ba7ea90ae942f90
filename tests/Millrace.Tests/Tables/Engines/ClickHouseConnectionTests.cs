using Millrace.Tables.Engines;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom.Engines;

/// <summary>What a server may answer, and that nothing but a whole answer is believed.</summary>
public sealed class ClickHouseConnectionTests : IDisposable
{
    const string Tag = "abcdefghijklmnop";

    readonly ScratchFolder _scratch = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("Code: 62. DB::Exception: Syntax error: failed (SYNTAX_ERROR) (version 26.7.2.1)", "engine-query",
        "code 62): Syntax error: failed (SYNTAX_ERROR)")]
    [InlineData("Code: 60, e.displayText() = DB::Exception: Table default.x doesn't exist., e.what() = DB::Exception",
        "engine-query", "code 60): Table default.x doesn't exist.")]
    [InlineData("Code: 516. DB::Exception: default: Authentication failed (AUTHENTICATION_FAILED)", "engine-login",
        "516")]
    [InlineData("Code: 279. DB::NetException: All connection tries failed. (ALL_CONNECTION_TRIES_FAILED)",
        "engine-node-down", "Every node")]
    [InlineData("Code: 241. DB::Exception: Memory limit exceeded (MEMORY_LIMIT_EXCEEDED)", "memory-limit", "241")]
    [InlineData("Code: 159. DB::Exception: Timeout exceeded (TIMEOUT_EXCEEDED)", "engine-timeout", "159")]
    [InlineData("Code: 164. DB::Exception: Cannot modify setting in readonly mode (READONLY)", "engine-readonly",
        "164")]
    [InlineData("Code: 395. DB::Exception: a text is not a plain number: while executing (FUNCTION_THROW_IF…)",
        "engine-feature", "a text is not a plain number")]
    [InlineData("Code: 999. DB::Exception: Something new (NEW)", "engine-failed", "Something new")]
    [InlineData("<html>nginx</html>", "engine-answer", "Is it ClickHouse")]
    public async Task An_error_of_the_server_is_one_of_ours_with_its_code(string body, string code, string words)
    {
        using var server = new FakeServer(_ => FakeServer.Whole(body, "500 Internal Server Error"));
        using var connection = Connect(server);

        var fault = await Assert.ThrowsAsync<MillraceException>(() => connection.TextAsync("select 1", Stop));

        Assert.Equal(code, fault.Code);
        Assert.Contains(words, fault.Message + fault.Hint);
    }

    [Fact]
    public async Task A_whole_answer_is_taken()
    {
        using var server = new FakeServer(_ => FakeServer.Chunks("", true, "PAR1…", "…PAR1"));

        await TakeAsync(server);

        Assert.Equal("PAR1……PAR1", await File.ReadAllTextAsync(_scratch["answer"], Stop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_in_the_middle_of_an_answer_is_an_error(bool isMarked)
    {
        var message = "Code: 241. DB::Exception: Memory limit exceeded (MEMORY_LIMIT_EXCEEDED) (version 26.7)";
        using var server = new FakeServer(_ => isMarked
            ? FakeServer.Chunks(
                $"X-ClickHouse-Exception-Tag: {Tag}\r\n", true, "PAR1 many rows",
                $"\r\n__exception__\r\n{Tag}\r\n{message}\n{message.Length} {Tag}\r\n__exception__\r\n")
            : FakeServer.Chunks("", true, "PAR1 many rows", message));

        var fault = await Assert.ThrowsAsync<MillraceException>(() => TakeAsync(server));

        Assert.Equal("memory-limit", fault.Code);
    }

    [Fact]
    public async Task Data_that_looks_like_an_error_is_no_error()
    {
        using var server = new FakeServer(_ => FakeServer.Chunks(
            $"X-ClickHouse-Exception-Tag: {Tag}\r\n", true,
            "PAR1 Code: 241. DB::Exception: a text of a row, __exception__ PAR1"));

        await TakeAsync(server);
    }

    [Fact]
    public async Task An_answer_that_stops_is_an_error()
    {
        using var cut = new FakeServer(_ => FakeServer.Chunks("", false, "PAR1 some"));
        using var shorter = new FakeServer(_ => FakeServer.Chunks("", true, "PAR1 some"));

        var closed = await Assert.ThrowsAsync<MillraceException>(() => TakeAsync(cut));
        File.Delete(_scratch["answer"]);
        var ended = await Assert.ThrowsAsync<MillraceException>(() => TakeAsync(shorter));

        Assert.Equal(("engine-unreachable", "engine-answer"), (closed.Code, ended.Code));
    }

    [Fact]
    public async Task A_cancelled_query_is_killed_on_the_server()
    {
        using var server = new FakeServer(request => request.Contains("kill query") ? FakeServer.Whole("") : null);
        using var connection = Connect(server);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        var query = connection.TextAsync("select sleep(3)", cancel.Token);
        while (true)
        {
            lock (server.Requests)
            {
                if (server.Requests.Count > 0)
                    break;
            }

            await Task.Yield();
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        await server.Hung.Task.WaitAsync(Stop);

        var id = server.Requests[0].Split("query_id=")[1].Split('&')[0];
        Assert.StartsWith("millrace-", id);
        Assert.EndsWith($"kill query where query_id = '{id}' async", server.Requests[1]);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_ended()
    {
        using var server = new FakeServer(request => request.Contains("kill query") ? FakeServer.Whole("") : null);
        using var connection = new ClickHouseConnection(
            Settings(server.Url) with { Timeout = TimeSpan.FromMilliseconds(50) }, server.Url);

        var fault = await Assert.ThrowsAsync<MillraceException>(() => connection.TextAsync("select 1", Stop));

        Assert.Equal("engine-timeout", fault.Code);
        Assert.Contains(server.Requests, request => request.Contains("kill query"));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error()
    {
        var gone = new FakeServer(_ => "");
        gone.Dispose();
        using var connection = new ClickHouseConnection(Settings(gone.Url), gone.Url);

        var fault = await Assert.ThrowsAsync<MillraceException>(() => connection.TextAsync("select 1", Stop));

        Assert.Equal(("engine-unreachable", ErrorKind.Unavailable), (fault.Code, fault.Kind));
    }

    [Fact]
    public async Task A_small_answer_may_not_be_large()
    {
        using var server = new FakeServer(_ => FakeServer.Whole(new string('x', 17 * 1024 * 1024)));
        using var connection = Connect(server);

        var fault = await Assert.ThrowsAsync<MillraceException>(() => connection.TextAsync("select 1", Stop));

        Assert.Equal("engine-answer", fault.Code);
    }

    [Fact]
    public void A_password_does_not_go_to_another_machine_in_the_clear()
    {
        var url = new Uri("http://ch.example:8123");

        var fault = Assert.Throws<MillraceException>(() => new ClickHouseConnection(Settings(url), url));

        Assert.Equal("engine-settings", fault.Code);
        new ClickHouseConnection(Settings(url) with { IsInsecure = true }, url).Dispose();
        new ClickHouseConnection(Settings(url), new Uri("https://ch.example:8443")).Dispose();
    }

    [Fact]
    public async Task The_password_goes_as_a_header_and_the_query_as_the_body()
    {
        await File.WriteAllTextAsync(_scratch["password"], "s3cret\n", Stop);
        using var server = new FakeServer(_ => FakeServer.Whole("1\n"));
        using var connection = new ClickHouseConnection(
            Settings(server.Url) with { User = "ml", PasswordFile = _scratch["password"] }, server.Url);

        Assert.Equal("1\n", await connection.TextAsync("select 'private'", Stop));

        var lines = server.Requests[0].Split("\r\n");
        Assert.DoesNotContain("private", lines[0]);
        Assert.Contains("Authorization: Basic bWw6czNjcmV0", lines);
        Assert.EndsWith("select 'private'", server.Requests[0]);
    }

    static EngineSettings Settings(Uri url) => new() { Name = "ch", Url = url };

    static ClickHouseConnection Connect(FakeServer server) => new(Settings(server.Url), server.Url);

    async Task TakeAsync(FakeServer server)
    {
        using var connection = Connect(server);
        await connection.ReadAsync(
            "select 1", [],
            async (response, stop) =>
            {
                await AnswerFile.TakeAsync("ch", response, _scratch["answer"], stop);
                return 0;
            },
            Stop);
    }
}
