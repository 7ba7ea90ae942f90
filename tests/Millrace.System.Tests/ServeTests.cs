using System.Net;
using System.Text.Json.Nodes;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The server as it is started and ended.</summary>
public sealed class ServeTests(TestRun run)
{
    [Fact]
    public async Task It_says_where_it_is_and_ends_when_it_is_told()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init", ".")).Ended(0);
        await using var server = cli.Start("serve", "--port", "0", "--s3-port", "0", "--json");

        await server.UntilItSaysAsync("Ready.");
        server.Interrupt();
        var result = (await server.EndAsync()).Ended(0);

        var answer = JsonNode.Parse(result.Output)!;
        Assert.Equal("127.0.0.1", new Uri(answer["s3"]!.GetValue<string>()).Host);
        Assert.Equal("127.0.0.1", new Uri(answer["api"]!.GetValue<string>()).Host);
        Assert.True(File.Exists(answer["tokenFile"]!.GetValue<string>()));
        Assert.Contains("Ending", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_does_not_open_itself_to_other_machines_unless_it_is_said()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init", ".")).Ended(0);

        var result = (await cli.RunAsync("serve", "--listen", $"{IPAddress.Any}")).Ended(2);

        result.Says("listen-insecure");
    }

    [Fact]
    public async Task A_secret_is_shown_once()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init", ".")).Ended(0);

        var made = JsonNode.Parse((await cli.RunAsync("key", "create", "--json")).Ended(0).Output)!;
        var listed = (await cli.RunAsync("key", "list", "--json")).Ended(0);

        var secret = made["secretKey"]!.GetValue<string>();
        Assert.Contains(made["accessKey"]!.GetValue<string>(), listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, listed.Output, StringComparison.Ordinal);
        (await cli.RunAsync("key", "remove", made["accessKey"]!.GetValue<string>())).Ended(0);
        (await cli.RunAsync("key", "remove", "MRNOTHING")).Ended(3);
    }
}
