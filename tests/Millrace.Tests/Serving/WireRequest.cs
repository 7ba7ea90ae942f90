using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Tests.AppServing;

/// <summary>A request written byte by byte, and a signer of its own that shares no line with the server's.</summary>
sealed class WireRequest(string method, string target)
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";
    public const string SignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public string Target => target;

    public List<(string Name, string Value)> Headers { get; } = [];

    public byte[] Body { get; set; } = [];

    public DateTimeOffset Time { get; set; } = TimeProvider.System.GetUtcNow();

    public string Key { get; set; } = WireServer.AccessKey;

    public string Secret { get; set; } = WireServer.SecretKey;

    public string Host { get; set; } = "127.0.0.1";

    public HashSet<string> LeftUnsigned { get; } = [];

    public string Signature { get; private set; } = "";

    string Date => Time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    string Scope => $"{Date[..8]}/eu-test-1/s3/aws4_request";

    public WireRequest With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Signs in the header; the target must be in canonical form already.</summary>
    public WireRequest Sign(string payload)
    {
        Headers.Add(("x-amz-date", Date));
        Headers.Add(("x-amz-content-sha256", payload));
        var signed = Headers.Append(("host", Host)).Where(header => !LeftUnsigned.Contains(header.Item1))
            .GroupBy(header => header.Item1.ToLowerInvariant(), header => header.Item2.Trim())
            .OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        var names = string.Join(';', signed.Select(group => group.Key));
        Signature = SignatureOf(
            string.Concat(signed.Select(group => $"{group.Key}:{string.Join(',', group)}\n")), names, payload, target);
        Headers.Add((
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={Key}/{Scope}, SignedHeaders={names}, "
            + $"Signature={Signature}"));
        return this;
    }

    /// <summary>The same request with its signature in the query.</summary>
    public WireRequest Presign(int seconds)
    {
        var separator = target.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var query = $"{target}{separator}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            + Uri.EscapeDataString($"{Key}/{Scope}")
            + $"&X-Amz-Date={Date}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host";
        var signature = SignatureOf($"host:{Host}\n", "host", Unsigned, query);
        return new WireRequest(method, $"{query}&X-Amz-Signature={signature}") { Body = Body, Host = Host };
    }

    /// <summary>Makes the body of signed chunks, after the head was signed.</summary>
    public WireRequest WithSignedChunks(params string[] chunks)
    {
        var previous = Signature;
        var text = new StringBuilder();
        foreach (var chunk in chunks.Append(""))
        {
            previous = Hmac(
                $"AWS4-HMAC-SHA256-PAYLOAD\n{Date}\n{Scope}\n{previous}\n{EmptyHash}\n"
                + Hash(Encoding.Latin1.GetBytes(chunk)));
            text.Append($"{chunk.Length:x};chunk-signature={previous}\r\n{chunk}\r\n");
        }

        Body = Encoding.Latin1.GetBytes(text.ToString());
        return this;
    }

    public async Task<WireAnswer> SendAsync(Uri server, bool withLength = true)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n");
        if (withLength && !Headers.Any(header => header.Name.Equals("content-length", StringComparison.Ordinal)))
        {
            head.Append($"Content-Length: {Body.Length}\r\n");
        }

        foreach (var (name, value) in Headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        return await SendRawAsync(server, [.. Encoding.Latin1.GetBytes($"{head}\r\n"), .. Body]);
    }

    static async Task<WireAnswer> SendRawAsync(Uri server, byte[] bytes)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(bytes, cancellationToken);
        using var answer = new MemoryStream();
        var buffer = new byte[64 * 1024];
        // A server that still wants the rest of a body does not close at once.
        while (!WireAnswer.IsWhole(answer.ToArray())
            && await stream.ReadAsync(buffer, cancellationToken) is var count && count > 0)
        {
            answer.Write(buffer, 0, count);
        }

        return WireAnswer.Parse(answer.ToArray());
    }

    string SignatureOf(string headers, string names, string payload, string signedTarget)
    {
        var question = signedTarget.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? signedTarget : signedTarget[..question];
        var query = question < 0 ? [] : signedTarget[(question + 1)..].Split('&')
            .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=")
            .Order(StringComparer.Ordinal).ToArray();
        var canonical = $"{method}\n{path}\n{string.Join('&', query)}\n{headers}\n{names}\n{payload}";
        return Hmac($"AWS4-HMAC-SHA256\n{Date}\n{Scope}\n{Hash(Encoding.Latin1.GetBytes(canonical))}");
    }

    string Hmac(string text)
    {
        var key = Encoding.UTF8.GetBytes($"AWS4{Secret}");
        foreach (var part in Scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }
}
