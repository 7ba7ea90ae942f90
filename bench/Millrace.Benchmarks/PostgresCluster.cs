using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Millrace.Benchmarks;

/// <summary>A PostgreSQL 15 server of Debian's package on loopback, with a cluster of its own.</summary>
sealed class PostgresCluster : IDisposable
{
    const string Programs = "/usr/lib/postgresql/15/bin";
    const string Owner = "postgres";

    readonly string _data;
    readonly int _port;

    public PostgresCluster(string folder)
    {
        // Its owner must be able to walk down to it.
        const UnixFileMode Enter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var parent = Path.GetDirectoryName(folder)!;
        File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | Enter);
        Directory.CreateDirectory(folder);
        Run("chown", Owner, folder);
        _data = Path.Combine(folder, "data");
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        AsOwner("initdb", "--pgdata", _data, "--username", Owner, "--auth", "trust", "--encoding", "UTF8");
        AsOwner(
            "pg_ctl", "start", "--wait", "--pgdata", _data, "--log", Path.Combine(folder, "log"), "--options",
            $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=512MB");
    }

    public string Connection => $"Host=127.0.0.1;Port={_port};Database=postgres;Username={Owner}";

    /// <summary>What the server itself needs for all rows.</summary>
    public long CopyAway()
    {
        AsOwner(
            "psql", "--host", "127.0.0.1", "--port", $"{_port}", "--username", Owner, "--quiet",
            "--output", "/dev/null", "--command", "copy rows to stdout (format binary)");
        return 0;
    }

    public void Dispose() => AsOwner("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", _data);

    static void AsOwner(string program, params string[] arguments) => Run(
        "setpriv", ["--reuid", Owner, "--regid", Owner, "--clear-groups", $"{Programs}/{program}", .. arguments]);

    static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        // A server that was started keeps the pipe, so the output is not read to its end.
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' failed.");
        }
    }
}
