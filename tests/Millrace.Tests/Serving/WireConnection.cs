using System.Net.Sockets;
using System.Text;

namespace Millrace.Tests.AppServing;

/// <summary>One connection that carries several requests, byte by byte.</summary>
sealed class WireConnection : IDisposable
{
    readonly TcpClient _client = new();

    NetworkStream Stream => _client.GetStream();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<WireConnection> OpenAsync(Uri server)
    {
        var connection = new WireConnection();
        await connection._client.ConnectAsync(server.Host, server.Port, Cancel);
        return connection;
    }

    public async Task SendAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), Cancel);

    /// <summary>The next answer; one that only tells to go on has no body.</summary>
    public async Task<WireAnswer> ReadAsync()
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!EndsHead(bytes) && await Stream.ReadAsync(one, Cancel) == 1)
            bytes.Add(one[0]);
        while (!WireAnswer.IsWhole([.. bytes]) && HasLength(bytes) && await Stream.ReadAsync(one, Cancel) == 1)
            bytes.Add(one[0]);
        return WireAnswer.Parse([.. bytes]);
    }

    /// <summary>Whatever else comes before the server ends the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var rest = new StringBuilder();
        var block = new byte[4096];
        try
        {
            while (await Stream.ReadAsync(block, Cancel) is var count && count > 0)
                rest.Append(Encoding.Latin1.GetString(block, 0, count));
        }
        catch (IOException)
        {
            // It ends so where the server did not take everything that was sent.
        }

        return rest.ToString();
    }

    public void Dispose() => _client.Dispose();

    static bool EndsHead(List<byte> bytes) =>
        bytes.Count >= 4 && bytes[^4..] is [(byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'];

    static bool HasLength(List<byte> bytes) =>
        Encoding.Latin1.GetString([.. bytes]).Contains("Content-Length: ", StringComparison.Ordinal);
}
