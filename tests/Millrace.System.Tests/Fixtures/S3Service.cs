using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A workspace that is served over S3, a key that may do everything, and clients that have it.</summary>
sealed partial class S3Service : IAsyncDisposable
{
    static readonly TimeSpan MostTime = TimeSpan.FromMinutes(2);

    readonly ScratchFolder _scratch = new();
    readonly Cli _cli;
    readonly string _workspace;
    IReadOnlyList<string> _options = [];
    RunningCli? _server;

    S3Service(TestRun run, string? workspace)
    {
        _workspace = workspace ?? _scratch["workspace"];
        Directory.CreateDirectory(_workspace);
        _cli = run.Cli(_workspace);
    }

    /// <summary>Runs other verbs in the workspace.</summary>
    public Cli Cli => _cli;

    /// <summary>Where clients run; not the workspace.</summary>
    public string this[string name] => _scratch[name];

    public string Workspace => _workspace;

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public string AccessKey { get; private set; } = "";

    public string SecretKey { get; private set; } = "";

    public int ServerId => _server!.Id;

    /// <param name="run">Has the binary.</param>
    /// <param name="workspace">Its folder; null for one of its own.</param>
    /// <param name="options">Of the server, besides its port.</param>
    public static async Task<S3Service> StartAsync(
        TestRun run, string? workspace = null, IReadOnlyList<string>? options = null)
    {
        var service = new S3Service(run, workspace) { _options = options ?? [] };
        (await service._cli.RunAsync("init", ".")).Ended(0);
        var made = (await service._cli.RunAsync("key", "create", "--json")).Ended(0).Json;
        service.AccessKey = made["accessKey"]!.GetValue<string>();
        service.SecretKey = made["secretKey"]!.GetValue<string>();
        await service.ServeAsync();
        return service;
    }

    /// <summary>Serves on a free port; after <see cref="KillAsync"/> on another one.</summary>
    public async Task ServeAsync()
    {
        _server = _cli.Start(["s3", "--s3-port", "0", .. _options]);
        await _server.UntilItSaysAsync("Ready.");
        Address = new Uri(AddressText().Match(_server.Error).Value);
    }

    /// <summary>Ends the server as a power cut would.</summary>
    public async Task KillAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    public AmazonS3Client Client(Action<AmazonS3Config>? configure = null)
    {
        var settings = new AmazonS3Config
        {
            ServiceURL = Address.ToString(),
            ForcePathStyle = true,
            UseHttp = true,
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = 0,
        };
        configure?.Invoke(settings);
        return new AmazonS3Client(new BasicAWSCredentials(AccessKey, SecretKey), settings);
    }

    /// <summary>An address that carries its right in itself.</summary>
    public static Uri Presign(AmazonS3Client s3, HttpVerb verb, string bucket, string key) => new(s3.GetPreSignedURL(
        new GetPreSignedUrlRequest
        {
            BucketName = bucket,
            Key = key,
            Verb = verb,
            Protocol = Protocol.HTTP,
#pragma warning disable RS0030 // The SDK wants a time of its own clock.
            Expires = DateTime.UtcNow.AddMinutes(30),
#pragma warning restore RS0030
        }));

    /// <summary>Whether the whole store is as it should be.</summary>
    public async Task AssertSoundAsync()
    {
        var check = await _cli.RunAsync("fsck", "--json");
        Assert.True((bool)check.Ended(0).Json["clean"]!, check.ToString());
    }

    /// <summary>Runs lines of shell where the key and <c>$S3</c>, the address, are set; one that fails ends them.
    /// </summary>
    /// <returns>What they printed.</returns>
    public async Task<string> ShellAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            WorkingDirectory = _scratch.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Of the machine; rclone refuses it, and nothing here is encrypted.
        start.Environment.Remove("AWS_CA_BUNDLE");
        start.Environment["HOME"] = _scratch.Path;
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["S3"] = Address.GetLeftPart(UriPartial.Authority);
        start.Environment["S3_HOST"] = Address.Authority;
        start.Environment["AWS_ACCESS_KEY_ID"] = AccessKey;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = SecretKey;
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(MostTime);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(
            process.ExitCode == 0, $"{script}\nexit code {process.ExitCode}\n{await output}{await error}\n"
                + $"--- server\n{_server?.Error}");
        return await output;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _scratch.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex AddressText();
}
