using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A connection without a client: what is sent is what is written here, when it is.</summary>
sealed class RawConnection : IDisposable
{
    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan MostTime = TimeSpan.FromMinutes(2);

    readonly Socket _socket;
    readonly Uri _server;

    RawConnection(Socket socket, Uri server)
    {
        _socket = socket;
        _server = server;
    }

    /// <param name="server">Where to.</param>
    /// <param name="from">Another address of this machine; null for the same.</param>
    /// <param name="receiveSize">How much may arrive that nobody reads; null for what is usual.</param>
    public static async Task<RawConnection> OpenAsync(Uri server, string? from = null, int? receiveSize = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveSize is { } size)
            socket.ReceiveBufferSize = size;
        if (from is not null)
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, TestContext.Current.CancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The server took it and ended it at once: as closed as one that hears of it later.
        }

        return new RawConnection(socket, server);
    }

    /// <param name="method">Such as GET.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="headers">Lines without their ends; Host is there already.</param>
    public Task SendAsync(string method, string target, params string[] headers) => SendAsync(
        string.Join("\r\n", [$"{method} {target} HTTP/1.1", $"Host: {_server.Authority}", .. headers, "", ""]));

    public async Task SendAsync(string text) => await _socket.SendAsync(
        Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>Sends byte after byte, ten of them in a second, until the other side has had enough.</summary>
    public async Task DripAsync()
    {
        using var pace = new PeriodicTimer(Pace);
        using var timeout = Timeout();
        try
        {
            while (!IsClosed())
            {
                await pace.WaitForNextTickAsync(timeout.Token);
                await _socket.SendAsync("x"u8.ToArray(), timeout.Token);
            }
        }
        catch (SocketException)
        {
            // That is how it hears of it.
        }
    }

    /// <summary>Waits until the server has given the connection up, without reading from it.</summary>
    public async Task UntilGivenUpAsync()
    {
        using var pace = new PeriodicTimer(Pace);
        using var timeout = Timeout();
        while (await IsHeldByServerAsync())
            await pace.WaitForNextTickAsync(timeout.Token);
    }

    /// <summary>The first line of the answer; empty when there is none.</summary>
    public async Task<string> StatusAsync()
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        using var timeout = Timeout();
        try
        {
            while (!text.ToString().Contains('\n', StringComparison.Ordinal))
            {
                var count = await _socket.ReceiveAsync(buffer, timeout.Token);
                if (count == 0)
                    break;
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // It was cut off.
        }

        return text.ToString().Split("\r\n")[0];
    }

    /// <summary>Whether the other side has ended it; what it sent before is read away.</summary>
    public bool IsClosed()
    {
        try
        {
            while (_socket.Poll(0, SelectMode.SelectRead))
            {
                if (_socket.Receive(new byte[4096]) == 0)
                    return true;
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();

    static CancellationTokenSource Timeout()
    {
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(MostTime);
        return timeout;
    }

    // proc(5): local and remote address in hexadecimal, then the state, where 01 is an open connection.
    async Task<bool> IsHeldByServerAsync()
    {
        var local = ((IPEndPoint)_socket.LocalEndPoint!).Port.ToString("X4", CultureInfo.InvariantCulture);
        var remote = _server.Port.ToString("X4", CultureInfo.InvariantCulture);
        var lines = await File.ReadAllLinesAsync("/proc/net/tcp", TestContext.Current.CancellationToken);
        return lines.Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Any(fields =>
            fields[1].EndsWith($":{remote}", StringComparison.Ordinal)
            && fields[2].EndsWith($":{local}", StringComparison.Ordinal) && fields[3] == "01");
    }
}
