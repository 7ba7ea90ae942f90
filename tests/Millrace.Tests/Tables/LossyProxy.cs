using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Tests.TablesRoom;

/// <summary>Stands before a server and, when it is told to, loses answers: what was asked is done, and nobody hears.
/// </summary>
sealed class LossyProxy : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Uri _server;
    readonly Task _accepting;
    int _losses;

    public LossyProxy(Uri server)
    {
        _server = server;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Answers to requests that begin with this are lost.</summary>
    public string Request { get; set; } = "PUT /";

    /// <summary>How many of them are still to be lost.</summary>
    public int Losses { get => Volatile.Read(ref _losses); set => Volatile.Write(ref _losses, value); }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(_server.Host, _server.Port, _stop.Token);
            var isLost = false;
            await Task.WhenAny(
                PumpAsync(near.GetStream(), far.GetStream(), bytes =>
                {
                    if (Losses > 0 && Encoding.ASCII.GetString(bytes.Span).Contains(Request, StringComparison.Ordinal))
                        isLost = true;
                    return true;
                }),
                PumpAsync(far.GetStream(), near.GetStream(), _ =>
                {
                    if (!isLost)
                        return true;
                    Interlocked.Decrement(ref _losses);
                    return false;
                }));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One of the two went away.
            return;
        }
    }

    async Task PumpAsync(NetworkStream from, NetworkStream to, Func<ReadOnlyMemory<byte>, bool> pass)
    {
        var buffer = new byte[1 << 16];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var count)
        {
            if (!pass(buffer.AsMemory(0, count)))
                return;
            await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }
}
