using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;

namespace Millrace.Benchmarks;

/// <summary>The published binary serving a workspace of its own on a free port.</summary>
sealed partial class S3Server : IAsyncDisposable
{
    readonly Process _process;
    readonly string _address;
    readonly BasicAWSCredentials _credentials;

    S3Server(Process process, string address, BasicAWSCredentials credentials)
    {
        _process = process;
        _address = address;
        _credentials = credentials;
    }

    /// <summary>Where requests go.</summary>
    public string Address => _address;

    public static async Task<S3Server> StartAsync(string program, string folder)
    {
        var workspace = Path.Join(folder, "workspace");
        await PublishedProgram.ExecuteAsync(program, folder, ["init", workspace]);
        var key = Start(program, workspace, "key", "create", "--json");
        using var made = JsonDocument.Parse(await key.StandardOutput.ReadToEndAsync());
        var credentials = new BasicAWSCredentials(
            made.RootElement.GetProperty("accessKey").GetString(),
            made.RootElement.GetProperty("secretKey").GetString());
        var server = Start(program, workspace, "s3", "--s3-port", "0");
        while (await server.StandardError.ReadLineAsync() is { } line)
        {
            if (AddressText().Match(line) is { Success: true } match)
            {
                // What it says later is read away, so that it never waits for a full pipe.
                server.ErrorDataReceived += (_, _) => { };
                await Task.Delay(TimeSpan.FromSeconds(1));
                return new S3Server(server, match.Value, credentials);
            }
        }

        throw new InvalidOperationException("The server ended.");
    }

    public AmazonS3Client Client() => new(_credentials, new AmazonS3Config
    {
        ServiceURL = _address,
        ForcePathStyle = true,
        UseHttp = true,
        AuthenticationRegion = "us-east-1",
    });

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    static Process Start(string program, string folder, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex AddressText();
}
