using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Millrace.Tests.CatalogRoom;

/// <summary>A PostgreSQL 15 server of its own: a new cluster in a temporary directory, on a free port of 127.0.0.1, as
/// the user <c>postgres</c>. It orders text as people do, unlike SQLite, and its password needs quoting.</summary>
/// <remarks>A shell starts the server and waits on a pipe from this process. When the pipe closes, also because this
/// process was killed, the shell stops the server.</remarks>
sealed class PostgresServer : IAsyncDisposable
{
    const string Programs = "/usr/lib/postgresql/15/bin";

    const string Guard = """
        "$0/pg_ctl" -D "$1/data" -l "$1/log" -o "-p $2" -w start >"$1/pg_ctl" 2>&1 || exit 1
        echo started
        read -r end
        "$0/pg_ctl" -D "$1/data" -m immediate -w stop >"$1/pg_ctl" 2>&1
        """;

    readonly ScratchFolder _scratch = new();
    Process? _guard;

    PostgresServer() => Port = FreePort();

    public int Port { get; }

    public static string Password => """it's "a;b"=c""";

    /// <summary>A connection string without the password.</summary>
    public string ConnectionWithoutPassword => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = "postgres",
        Username = "postgres",
        Timeout = 5,
    }.ToString();

    public string Connection => new NpgsqlConnectionStringBuilder(ConnectionWithoutPassword)
    {
        Password = Password,
    }.ToString();

    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        try
        {
            await server.InitializeAsync();
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        _guard = AsPostgres("sh", "-c", Guard, Programs, _scratch.Path, $"{Port}");
        var answer = await _guard.StandardOutput.ReadLineAsync();
        Assert.True(answer == "started", $"PostgreSQL did not start: {Read("pg_ctl")} {Read("log")}");
    }

    /// <summary>Stops it as a crash would: its connections are closed and nothing is tidied up.</summary>
    public async Task StopAsync()
    {
        if (_guard is null)
            return;
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
        _guard = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _scratch.Dispose();
    }

    async Task InitializeAsync()
    {
        const UnixFileMode Enter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_scratch.Path, File.GetUnixFileMode(_scratch.Path) | Enter);
        await File.WriteAllTextAsync(_scratch["password"], Password);
        await File.WriteAllTextAsync(_scratch["log"], "");
        await File.WriteAllTextAsync(_scratch["pg_ctl"], "");
        Directory.CreateDirectory(_scratch["data"]);
        await RunAsync(Process.Start(
            "chown", ["postgres", .. new[] { "password", "log", "pg_ctl", "data" }.Select(name => _scratch[name])]));
        await RunAsync(AsPostgres(
            $"{Programs}/initdb", "-D", _scratch["data"], "--no-sync", "--username=postgres", "--encoding=UTF8",
            "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--auth=scram-sha-256",
            $"--pwfile={_scratch["password"]}"));
        await File.AppendAllTextAsync(_scratch["data/postgresql.conf"], """

            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            fsync = off
            shared_buffers = 16MB
            max_connections = 200
            """);
    }

    Process AsPostgres(params string[] command)
    {
        var start = new ProcessStartInfo(
            "setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _scratch.Path,
        };
        return Process.Start(start)!;
    }

    string Read(string name) => File.Exists(_scratch[name]) ? File.ReadAllText(_scratch[name]) : "";

    static async Task RunAsync(Process process)
    {
        using (process)
        {
            var output = process.StartInfo.RedirectStandardOutput ? await process.StandardOutput.ReadToEndAsync() : "";
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"'{process.StartInfo.FileName}' failed. {output}");
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
