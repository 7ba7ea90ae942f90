using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Access;
using Millrace.App.Buckets;
using Millrace.App.Serving;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.AppServing;

/// <summary>The S3 server as it is served: real signatures, real rights, real operations. It has a bucket and a key for
/// each right in it.</summary>
sealed class S3Site : IAsyncDisposable
{
    public const string Bucket = "photos";

    readonly ScratchFolder _scratch;
    readonly Workspace _workspace;
    readonly Server _server;

    S3Site(ScratchFolder scratch, Workspace workspace, Server server)
    {
        _scratch = scratch;
        _workspace = workspace;
        _server = server;
    }

    public Uri Address => _server.S3Address!;

    public static async Task<S3Site> StartAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var scratch = new ScratchFolder();
        Workspace.Create(scratch.Path);
        var workspace = await Workspace.OpenAsync(scratch.Path, cancellationToken: cancel);
        foreach (var right in new[] { AccessRight.Read, AccessRight.Write, AccessRight.Admin })
            await AddKeyAsync(workspace, right.ToString(), new AccessGrant(Bucket, right));
        await AddKeyAsync(workspace, "Elsewhere", new AccessGrant("other", AccessRight.Admin));
        var server = await Server.StartAsync(
            workspace, new ServeOptions { S3Port = 0, ServesApi = false }, S3Operations.HandleAsync,
            TimeProvider.System, NullLoggerFactory.Instance, cancel);
        var site = new S3Site(scratch, workspace, server);
        Assert.Equal(200, (await site.SendAsync("Admin", "PUT", $"/{Bucket}")).Status);
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _workspace.DisposeAsync();
        _scratch.Dispose();
    }

    public static string SecretOf(string key) => $"secret-of-{key}";

    /// <param name="key">Whose key signs; empty for nobody's.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">In canonical form.</param>
    /// <param name="body">Its text.</param>
    /// <param name="headers">Signed too.</param>
    public Task<WireAnswer> SendAsync(
        string key, string method, string target, string body = "", params (string Name, string Value)[] headers)
    {
        var request = new WireRequest(method, target)
        {
            Key = key,
            Secret = SecretOf(key),
            Body = Encoding.UTF8.GetBytes(body),
        };
        foreach (var (name, value) in headers)
            request.With(name, value);
        if (key.Length > 0)
            request.Sign(WireRequest.Hash(request.Body));
        return request.SendAsync(Address);
    }

    static Task AddKeyAsync(Workspace workspace, string name, AccessGrant grant) => workspace.Access.ImportAsync(
        name, SecretOf(name), name, [grant], cancellationToken: TestContext.Current.CancellationToken);
}
