using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Access;
using Millrace.App.Buckets;
using Millrace.App.Serving;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.AppServing;

/// <summary>The listeners over a workspace of their own; objects lie in memory, so that the wire alone is tested.
/// </summary>
sealed class WireServer : IAsyncDisposable
{
    public const string AccessKey = "TESTKEY";
    public const string SecretKey = "test-secret/with+signs";

    readonly ScratchFolder _scratch;
    readonly Server _server;
    readonly ConcurrentDictionary<(string, string), byte[]> _objects;

    WireServer(
        ScratchFolder scratch,
        Workspace workspace,
        Server server,
        ConcurrentDictionary<(string, string), byte[]> objects)
    {
        _scratch = scratch;
        Workspace = workspace;
        _server = server;
        _objects = objects;
    }

    public Workspace Workspace { get; }

    public Uri S3 => _server.S3Address!;

    public Uri Api => _server.ApiAddress!;

    public string Token => File.ReadAllText(_server.TokenFile!).Trim();

    public byte[]? Stored(string bucket, string key) => _objects.GetValueOrDefault((bucket, key));

    public static async Task<WireServer> StartAsync(TimeProvider? time = null)
    {
        var scratch = new ScratchFolder();
        Workspace.Create(scratch.Path);
        var workspace = await Workspace.OpenAsync(
            scratch.Path, cancellationToken: TestContext.Current.CancellationToken);
        await workspace.Access.ImportAsync(
            AccessKey, SecretKey, "test", [new("*", AccessRight.Admin)],
            cancellationToken: TestContext.Current.CancellationToken);
        var objects = new ConcurrentDictionary<(string, string), byte[]>();
        var server = await Server.StartAsync(
            workspace,
            new ServeOptions { ApiPort = 0, S3Port = 0, Domains = ["s3.test"] },
            (context, cancellationToken) => HandleAsync(objects, context, cancellationToken),
            time ?? TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return new WireServer(scratch, workspace, server, objects);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Workspace.DisposeAsync();
        _scratch.Dispose();
    }

    static async Task HandleAsync(
        ConcurrentDictionary<(string, string), byte[]> objects, S3Context context, CancellationToken cancellationToken)
    {
        var response = context.Http.Response;
        if (context.Bucket is not { } bucket || context.Key is not { } key || !context.Caller.MayRead(bucket))
        {
            throw new S3Exception(403, "AccessDenied", "Access Denied").WithField("BucketName", context.Bucket ?? "");
        }

        switch (context.Http.Request.Method)
        {
            case "PUT":
                context.Digests.AskForMd5();
                using (var bytes = new MemoryStream())
                {
                    await context.Body.CopyToAsync(bytes, cancellationToken);
                    objects[(bucket, key)] = bytes.ToArray();
                }

                response.Headers.ETag = $"\"{Convert.ToHexStringLower(context.Digests.Md5!)}\"";
                response.Headers["x-checksum"] = context.Digests.Checksum?.Base64;
                break;
            case "POST":
                var root = await S3Xml.ReadAsync(context, "Delete", S3Xml.MaxDeleteBytes, cancellationToken);
                await S3Xml.WriteAsync(context, root, cancellationToken);
                break;
            default:
                var found = objects.GetValueOrDefault((bucket, key))
                    ?? throw new S3Exception(404, "NoSuchKey", "The specified key does not exist.");
                response.ContentLength = found.Length;
                if (!HttpMethods.IsHead(context.Http.Request.Method))
                {
                    await response.Body.WriteAsync(found, cancellationToken);
                }

                break;
        }
    }
}
