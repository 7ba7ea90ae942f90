using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Access;
using Millrace.App.Buckets;
using Millrace.App.Serving;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.AppServing;

/// <summary>The S3 server of a workspace, as a remote of another one sees it: signatures and all.</summary>
sealed class OwnService : IAsyncDisposable
{
    public const string Bucket = "remote";

    const string AccessKey = "TESTKEY";
    const string SecretKey = "test-secret/with+signs";

    readonly ScratchFolder _scratch;
    readonly Workspace _workspace;
    readonly Server _server;

    OwnService(ScratchFolder scratch, Workspace workspace, Server server)
    {
        _scratch = scratch;
        _workspace = workspace;
        _server = server;
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<OwnService> StartAsync()
    {
        var scratch = new ScratchFolder();
        Workspace.Create(scratch.Path);
        var workspace = await Workspace.OpenAsync(scratch.Path, cancellationToken: Cancel);
        await workspace.Access.ImportAsync(
            AccessKey, SecretKey, "test", [new("*", AccessRight.Admin)], cancellationToken: Cancel);
        await workspace.Buckets.CreateAsync(Bucket, "test", cancellationToken: Cancel);
        await File.WriteAllTextAsync(
            scratch["credentials"],
            $"[default]\naws_access_key_id = {AccessKey}\naws_secret_access_key = {SecretKey}\n", Cancel);
        File.SetUnixFileMode(scratch["credentials"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var server = await Server.StartAsync(
            workspace, new ServeOptions { ApiPort = 0, S3Port = 0 }, S3Operations.HandleAsync, TimeProvider.System,
            NullLoggerFactory.Instance, Cancel);
        return new OwnService(scratch, workspace, server);
    }

    /// <summary>How it is reached.</summary>
    public RemoteSettings Settings(string prefix) => new()
    {
        Url = $"s3://{Bucket}/{prefix}",
        Endpoint = _server.S3Address!.ToString().TrimEnd('/'),
        CredentialsFile = _scratch["credentials"],
    };

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _workspace.DisposeAsync();
        _scratch.Dispose();
    }
}
