using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Millrace.Access;
using Millrace.App.Buckets;

namespace Millrace.App.Serving;

/// <summary>The listeners of one workspace. Disposing lets requests end, up to <see cref="WebHost.DrainTime"/>.
/// </summary>
sealed class Server : IAsyncDisposable
{
    const string LocalDomain = "localhost";

    readonly List<WebApplication> _applications = [];

    Server()
    {
    }

    /// <summary>Where the API is; null when it is not served.</summary>
    public Uri? ApiAddress { get; private set; }

    /// <summary>Where S3 is; null when it is not served.</summary>
    public Uri? S3Address { get; private set; }

    /// <summary>The file with the API's token; null when it is not served.</summary>
    public string? TokenFile { get; private set; }

    /// <param name="workspace">What is served; it stays the caller's.</param>
    /// <param name="options">Where and what.</param>
    /// <param name="operation">Does what a request of S3 asks for.</param>
    /// <param name="time">The clock that signatures are compared with.</param>
    /// <param name="logs">The log.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="MillraceException"><c>listen-insecure</c>, <c>port-taken</c>, <c>address-unusable</c>,
    /// <c>certificate-unreadable</c>, <c>secret-exposed</c>.</exception>
    public static async Task<Server> StartAsync(
        Workspace workspace,
        ServeOptions options,
        Func<S3Context, CancellationToken, Task> operation,
        TimeProvider time,
        ILoggerFactory logs,
        CancellationToken cancellationToken)
    {
        options.Check();
        var server = new Server();
        try
        {
            if (options.ServesS3)
            {
                await server.StartS3Async(workspace, options, operation, time, logs, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (options.ServesApi)
            {
                await server.StartApiAsync(workspace, options, logs, cancellationToken).ConfigureAwait(false);
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_applications.Select(async application =>
        {
            using var drain = new CancellationTokenSource(WebHost.DrainTime);
            await application.StopAsync(drain.Token).ConfigureAwait(false);
            await application.DisposeAsync().ConfigureAwait(false);
        })).ConfigureAwait(false);
        _applications.Clear();
    }

    async Task StartS3Async(
        Workspace workspace,
        ServeOptions options,
        Func<S3Context, CancellationToken, Task> operation,
        TimeProvider time,
        ILoggerFactory logs,
        CancellationToken cancellationToken)
    {
        var pipeline = new S3Pipeline(
            workspace, operation, [.. options.Domains, LocalDomain], options.Limits, time,
            logs.CreateLogger<S3Pipeline>());
        var application = WebHost.Create(options, options.S3Port, isS3: true, logs, time);
        _applications.Add(application);
        application.Run(pipeline.HandleAsync);
        S3Address = await WebHost.StartAsync(application, options.S3Port, cancellationToken).ConfigureAwait(false);
    }

    async Task StartApiAsync(
        Workspace workspace, ServeOptions options, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var token = BearerToken.Open(Path.Combine(workspace.KeysFolder, "token"));
        var guard = new ApiGuard(token, options.Domains, logs.CreateLogger<ApiGuard>());
        var application = WebHost.Create(options, options.ApiPort, isS3: false, logs);
        _applications.Add(application);
        application.UseRouting();
        application.Use(guard.InvokeAsync);
        ApiRoutes.Map(application, workspace, options.Limits);
        ApiAddress = await WebHost.StartAsync(application, options.ApiPort, cancellationToken).ConfigureAwait(false);
        TokenFile = token.Path;
    }
}
