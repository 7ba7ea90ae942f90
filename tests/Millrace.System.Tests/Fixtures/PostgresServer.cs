using System.Net;
using System.Net.Sockets;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A PostgreSQL cluster of one test class, on loopback, in a temporary folder. It refuses to run as root, so
/// there it runs as the user that Debian's package makes.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    const string Programs = "/usr/lib/postgresql/15/bin";
    const string Owner = "postgres";

    readonly ScratchFolder _scratch = new();
    readonly int _port = FreePort();

    public string Connection(string database) => $"Host=127.0.0.1;Port={_port};Database={database};Username={Owner}";

    public async ValueTask InitializeAsync()
    {
        Assert.True(
            File.Exists($"{Programs}/initdb"),
            "PostgreSQL 15 is missing: run './test', or install Debian's package 'postgresql-15'.");
        if (Environment.IsPrivilegedProcess)
        {
            await Shell.RunAsync("chown", Owner, _scratch.Path);
        }

        await AsOwnerAsync("initdb", "--pgdata", Data, "--username", Owner, "--auth", "trust", "--encoding", "UTF8");
        await AsOwnerAsync(
            "pg_ctl", "start", "--wait", "--pgdata", Data, "--log", _scratch["log"],
            "--options", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off");
    }

    public async ValueTask DisposeAsync()
    {
        await AsOwnerAsync("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", Data);
        _scratch.Dispose();
    }

    public Task CreateDatabaseAsync(string name) => AsOwnerAsync(
        "createdb", "--host", "127.0.0.1", "--port", $"{_port}", "--username", Owner, name);

    string Data => _scratch["data"];

    static Task<string> AsOwnerAsync(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? Shell.RunAsync(
            "setpriv", ["--reuid", Owner, "--regid", Owner, "--clear-groups", $"{Programs}/{program}", .. arguments])
        : Shell.RunAsync($"{Programs}/{program}", arguments);

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
