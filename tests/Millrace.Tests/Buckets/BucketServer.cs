using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.App.Buckets;

namespace Millrace.Tests.BucketsRoom;

/// <summary>The operations of S3 over HTTP without signatures: who asks is told by a delegate, and a checksum that
/// comes is taken as found right.</summary>
sealed class BucketServer : IAsyncDisposable
{
    static readonly string[] Algorithms = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

    readonly WebApplication _app;
    readonly Workspace _workspace;

    BucketServer(WebApplication app, Workspace workspace)
    {
        _app = app;
        _workspace = workspace;
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<BucketServer> StartAsync(
        Workspace workspace, int port = 0, Func<HttpContext, S3Caller>? caller = null,
        Func<IReadOnlyDictionary<string, string>, S3Caller>? form = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.Limits.MaxRequestBodySize = null;
            options.RequestHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
            options.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
        });
        builder.Services.AddSingleton(TimeProvider.System);
        var app = builder.Build();
        var tester = new S3Caller("tester", (_, _) => true);
        app.Run(http => HandleAsync(http, workspace, caller ?? (_ => tester), form ?? (_ => tester)));
        await app.StartAsync();
        return new BucketServer(app, workspace);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _workspace.DisposeAsync();
    }

    static async Task HandleAsync(
        HttpContext http, Workspace workspace, Func<HttpContext, S3Caller> caller,
        Func<IReadOnlyDictionary<string, string>, S3Caller> form)
    {
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimStart('/');
        var slash = raw.IndexOf('/', StringComparison.Ordinal);
        var query = http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value[0] ?? "");
        var digests = new PayloadDigests();
        foreach (var algorithm in Algorithms)
        {
            if (http.Request.Headers.TryGetValue($"x-amz-checksum-{algorithm}", out var value))
                digests.Checksum = (algorithm, value.ToString());
        }

        var context = new S3Context
        {
            Http = http,
            Workspace = workspace,
            Bucket = raw.Length == 0 ? null : Uri.UnescapeDataString(slash < 0 ? raw : raw[..slash]),
            Key = slash < 0 || slash == raw.Length - 1 ? null : Uri.UnescapeDataString(raw[(slash + 1)..]),
            Caller = caller(http),
            RequestId = "1",
            Body = http.Request.Body,
            DecodedLength = http.Request.ContentLength ?? (http.Request.Headers.TransferEncoding.Count > 0 ? null : 0),
            Query = query,
            Digests = digests,
            VerifyForm = (fields, _) => Task.FromResult(form(fields)),
        };
        try
        {
            await S3Operations.HandleAsync(context, http.RequestAborted);
        }
        catch (S3Exception exception) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = exception.Status;
            foreach (var (name, value) in exception.Headers)
                http.Response.Headers[name] = value;
            http.Response.ContentType = "application/xml";
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"<Error><Code>{exception.Code}</Code>"
                + $"<Message>{WebUtility.HtmlEncode(exception.Message)}</Message></Error>");
            if (http.Request.Method != "HEAD")
                await http.Response.WriteAsync(text);
        }
    }
}
