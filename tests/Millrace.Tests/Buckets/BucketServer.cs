using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Access;
using Millrace.App.Buckets;
using Millrace.Buckets.Payload;

namespace Millrace.Tests.BucketsRoom;

/// <summary>The operations of S3 over HTTP without signatures: whoever asks may do everything.</summary>
sealed class BucketServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly Workspace _workspace;

    BucketServer(WebApplication app, Workspace workspace)
    {
        _app = app;
        _workspace = workspace;
    }

    public Workspace Workspace => _workspace;

    public Uri Address => new(_app.Urls.First());

    public static async Task<BucketServer> StartAsync(Workspace workspace)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            options.Limits.MaxRequestBodySize = null;
            options.RequestHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
            options.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
        });
        builder.Services.AddSingleton(TimeProvider.System);
        var app = builder.Build();
        app.Run(http => HandleAsync(http, workspace));
        await app.StartAsync();
        return new BucketServer(app, workspace);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _workspace.DisposeAsync();
    }

    static async Task HandleAsync(HttpContext http, Workspace workspace)
    {
        var tester = http.Request.Headers["x-test-account"].ToString() is { Length: > 0 } account
            ? new S3Caller(account, [new AccessGrant("*", AccessRight.Own)], account)
            : new S3Caller("tester", [new AccessGrant("*", AccessRight.Admin)]);
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimStart('/');
        var slash = raw.IndexOf('/', StringComparison.Ordinal);
        var query = http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value[0] ?? "");
        var payload = new VerifiedPayloadStream(http.Request.Body, new PayloadExpectation());
        var context = new S3Context
        {
            Http = http,
            Workspace = workspace,
            Bucket = raw.Length == 0 ? null : Uri.UnescapeDataString(slash < 0 ? raw : raw[..slash]),
            Key = slash < 0 || slash == raw.Length - 1 ? null : Uri.UnescapeDataString(raw[(slash + 1)..]),
            Caller = tester,
            RequestId = "1",
            Body = new S3Body(payload),
            DecodedLength = http.Request.ContentLength ?? (http.Request.Headers.TransferEncoding.Count > 0 ? null : 0),
            Query = query,
            Digests = new PayloadDigests(payload),
            VerifyForm = (_, _) => Task.FromResult(tester),
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
