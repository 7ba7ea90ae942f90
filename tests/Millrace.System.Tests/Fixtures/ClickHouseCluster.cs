using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Three servers of ClickHouse 18.16 on loopback that are one cluster, as Debian's package has them.</summary>
public sealed class ClickHouseCluster : IAsyncLifetime
{
    /// <summary>What the cluster is called.</summary>
    public const string Name = "three";

    const string Program = "/usr/sbin/clickhouse-server";
    const int NodeCount = 3;
    const int MaxStartMs = 60_000;

    readonly ScratchFolder _scratch = new();
    readonly int[] _http = [.. Enumerable.Range(0, NodeCount).Select(_ => FreePort())];
    readonly int[] _native = [.. Enumerable.Range(0, NodeCount).Select(_ => FreePort())];
    readonly int[] _internal = [.. Enumerable.Range(0, NodeCount).Select(_ => FreePort())];
    readonly Process?[] _nodes = new Process?[NodeCount];

    /// <summary>Where each server listens for HTTP.</summary>
    public IReadOnlyList<Uri> Urls => [.. _http.Select(port => new Uri($"http://127.0.0.1:{port}"))];

    public async ValueTask InitializeAsync()
    {
        Assert.True(
            File.Exists(Program),
            "ClickHouse is missing: run './test', or install Debian's package 'clickhouse-server'.");
        await File.WriteAllTextAsync(_scratch["users.xml"], Users, CancellationToken.None);
        for (var node = 0; node < NodeCount; node++)
        {
            Directory.CreateDirectory(Folder(node));
            await File.WriteAllTextAsync(Path.Join(Folder(node), "config.xml"), Config(node), CancellationToken.None);
            Start(node);
        }

        for (var node = 0; node < NodeCount; node++)
            await WaitAsync(node);
    }

    public async ValueTask DisposeAsync()
    {
        for (var node = 0; node < NodeCount; node++)
            await StopAsync(node);
        _scratch.Dispose();
    }

    /// <summary>Kills a server.</summary>
    public async Task StopAsync(int node)
    {
        if (_nodes[node] is not { } process)
            return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        _nodes[node] = null;
    }

    /// <summary>Starts a server that was stopped.</summary>
    public Task StartAsync(int node)
    {
        Start(node);
        return WaitAsync(node);
    }

    void Start(int node) => _nodes[node] = Process.Start(
        new ProcessStartInfo(Program, ["--config-file", Path.Join(Folder(node), "config.xml")])
        {
            WorkingDirectory = Folder(node),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });

    async Task WaitAsync(int node)
    {
        using var client = new HttpClient();
        using var limit = new CancellationTokenSource(MaxStartMs);
        while (true)
        {
            Assert.False(_nodes[node]!.HasExited, $"Server {node} ended: {Log(node)}");
            try
            {
                if (await client.GetStringAsync(Urls[node], limit.Token) == "Ok.\n")
                    return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, limit.Token);
            }
        }
    }

    string Log(int node)
    {
        var log = Path.Join(Folder(node), "error.log");
        return File.Exists(log) ? File.ReadAllText(log) : "it wrote no log";
    }

    string Folder(int node) => _scratch[$"node{node}"];

    string Config(int node) =>
        $"""
        <?xml version="1.0"?>
        <yandex>
          <logger><level>warning</level><log>{Folder(node)}/server.log</log>
            <errorlog>{Folder(node)}/error.log</errorlog>
          </logger>
          <http_port>{_http[node]}</http_port><tcp_port>{_native[node]}</tcp_port>
          <interserver_http_port>{_internal[node]}</interserver_http_port>
          <interserver_http_host>127.0.0.1</interserver_http_host><listen_host>127.0.0.1</listen_host>
          <path>{Folder(node)}/data/</path><tmp_path>{Folder(node)}/tmp/</tmp_path>
          <user_files_path>{Folder(node)}/files/</user_files_path>
          <format_schema_path>{Folder(node)}/schemas/</format_schema_path>
          <users_config>{_scratch["users.xml"]}</users_config>
          <default_profile>default</default_profile><default_database>default</default_database>
          <mark_cache_size>67108864</mark_cache_size>
          <remote_servers><{Name}>{string.Concat(_native.Select(port =>
              $"<shard><replica><host>127.0.0.1</host><port>{port}</port></replica></shard>"))}</{Name}>
          </remote_servers>
        </yandex>
        """;

    const string Users =
        """
        <?xml version="1.0"?>
        <yandex>
          <profiles><default><max_memory_usage>1000000000</max_memory_usage><max_threads>2</max_threads></default>
          </profiles>
          <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
            <quota>default</quota></default></users>
          <quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors>
            <result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></default>
          </quotas>
        </yandex>
        """;

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
