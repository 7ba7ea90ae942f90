using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Millrace.Benchmarks;

/// <summary>nginx serving a folder with sendfile, as it is set up by default.</summary>
sealed class NginxServer : IAsyncDisposable
{
    readonly Process _process;
    readonly int _port;

    NginxServer(Process process, int port, string root)
    {
        _process = process;
        _port = port;
        Root = root;
    }

    /// <summary>The folder that is served.</summary>
    public string Root { get; }

    public string Url(string name) => $"http://127.0.0.1:{_port}/{name}";

    public static async Task<NginxServer> StartAsync(string folder)
    {
        var root = Directory.CreateDirectory(Path.Join(folder, "nginx")).FullName;
        var port = FreePort();
        var settings = Path.Join(folder, "nginx.conf");
        await File.WriteAllTextAsync(settings, $$"""
            daemon off;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/nginx.log;
            worker_processes 1;
            user root;
            events { worker_connections 64; }
            http {
                access_log off;
                sendfile on;
                tcp_nopush on;
                server { listen 127.0.0.1:{{port}}; location / { root {{root}}; } }
            }
            """);
        var process = Process.Start(new ProcessStartInfo("nginx", ["-c", settings, "-p", folder]))!;
        await File.WriteAllTextAsync(Path.Join(root, "ready"), "ready");
        using var http = new HttpClient();
        for (var i = 0; i < 50; i++)
        {
            try
            {
                await http.GetStringAsync($"http://127.0.0.1:{port}/ready");
                return new NginxServer(process, port, root);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }

        throw new InvalidOperationException("nginx does not answer.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
