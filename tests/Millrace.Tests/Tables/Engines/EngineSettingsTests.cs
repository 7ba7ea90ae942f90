namespace Millrace.Tests.TablesRoom.Engines;

public sealed class EngineSettingsTests
{
    [Fact]
    public void An_engine_is_said_in_the_settings()
    {
        var settings = Read("""
            engine: big
            engines:
              big:
                kind: clickhouse
                url: https://ch.example:8443
                user: ml
                password-env: CH_PASSWORD
                cluster: c3
                timeout: 10m
                tables: {s3: "https://s3.example/lake", access-key-env: A, secret-key-env: B}
                settings: {max_memory_usage: 1000}
              old:
                nodes: ["http://127.0.0.1:18121", "http://127.0.0.1:18122"]
                tables: {path: /tables}
            """);

        var engine = settings.FindEngine(null)!;

        Assert.Equal(
            ("big", "ml", "CH_PASSWORD", "c3"),
            (engine.Name, engine.User, engine.PasswordVariable, engine.Cluster));
        Assert.Equal((TimeSpan.FromMinutes(10), "https://s3.example/lake"), (engine.Timeout, engine.TablesUrl));
        Assert.Equal("1000", engine.Settings["max_memory_usage"]);
        Assert.Equal(2, settings.FindEngine("old")!.Nodes.Count);
        Assert.Null(settings.FindEngine("duckdb"));
        Assert.Equal("engine-unknown", Assert.Throws<MillraceException>(() => settings.FindEngine("none")).Code);
        Assert.Null(Read("").FindEngine(null));
    }

    [Theory]
    [InlineData("engines: {a: {password: x}}", "password must not stand")]
    [InlineData("engines: {a: {kind: spark}}", "must be 'clickhouse'")]
    [InlineData("engines: {a: {url: 'ftp://x'}}", "is not an address")]
    [InlineData("engines: {a: {url: 'http://user:pass@x'}}", "is not an address")]
    [InlineData("engines: {a: {timeout: soon}}", "timeout")]
    [InlineData("engines: {a: {nodes: x}}", "nodes (a list)")]
    [InlineData("engines: {duckdb: {}}", "cannot name an engine")]
    [InlineData("engines: {a: {tables: {path: x, s3: 'http://y'}}}", "either 'path:' or 's3:'")]
    [InlineData("engines: {a: {tables: {access-key-env: x}}}", "come together")]
    [InlineData("engines: {a: {settings: {skip_unavailable_shards: 1}}}", "must stay as it is")]
    public void What_is_wrong_in_the_settings_is_named(string yaml, string words)
    {
        var fault = Assert.Throws<MillraceException>(() => Read(yaml));

        Assert.Equal("settings-invalid", fault.Code);
        Assert.Contains(words, fault.Message);
    }

    static WorkspaceSettings Read(string yaml)
    {
        using var reader = new StringReader(yaml);
        return WorkspaceSettings.Read("millrace.yaml", reader);
    }
}
