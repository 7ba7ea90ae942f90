using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Tests.TablesRoom.Engines;

/// <summary>Speaks HTTP on loopback, and answers with bytes that a test gives.</summary>
sealed class FakeServer : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _end = new();
    readonly Func<string, string?> _answer;

    /// <param name="answer">The whole answer for a request's text, then the connection is closed; null keeps it open
    /// and says nothing.</param>
    public FakeServer(Func<string, string?> answer)
    {
        _answer = answer;
        _listener.Start();
        Serving = ServeAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public List<string> Requests { get; } = [];

    /// <summary>Ends when a request was told to wait and its connection was closed.</summary>
    public TaskCompletionSource Hung { get; } = new();

    Task Serving { get; }

    public static string Whole(string body, string status = "200 OK", string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + $"Connection: close\r\n{headers}\r\n{body}";

    public static string Chunks(string headers, bool isEnded, params string[] chunks) =>
        $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n{headers}\r\n"
        + string.Concat(chunks.Select(chunk => $"{Encoding.UTF8.GetByteCount(chunk):x}\r\n{chunk}\r\n"))
        + (isEnded ? "0\r\n\r\n" : "");

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _end.Dispose();
    }

    async Task ServeAsync()
    {
        var waiting = new List<Task>();
        while (!_end.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException
                or ObjectDisposedException)
            {
                return;
            }

            waiting.Add(AnswerAsync(client));
        }
    }

    async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var text = new StringBuilder();
            var buffer = new byte[64 * 1024];
            while (!IsWhole(text.ToString()))
            {
                var count = await stream.ReadAsync(buffer);
                if (count == 0)
                    return;
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }

            string? answer;
            lock (Requests)
            {
                Requests.Add(text.ToString());
                answer = _answer(text.ToString());
            }

            if (answer is null)
            {
                while (await stream.ReadAsync(buffer) > 0)
                {
                }

                Hung.TrySetResult();
                return;
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        }
    }

    static bool IsWhole(string request)
    {
        var head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0)
            return false;
        var length = request.Split("Content-Length: ") is [_, var rest]
            ? int.Parse(rest.Split("\r\n")[0], System.Globalization.CultureInfo.InvariantCulture) : 0;
        return Encoding.UTF8.GetByteCount(request[(head + 4)..]) >= length;
    }
}
