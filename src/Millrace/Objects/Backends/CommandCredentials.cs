using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amazon.Runtime;

namespace Millrace.Objects.Backends;

/// <summary>Credentials that a program prints, as <c>credential_process</c> of AWS does: JSON with AccessKeyId,
/// SecretAccessKey and, when they end, SessionToken and Expiration. It is asked again before they end.</summary>
/// <param name="command">The program and its arguments, parted by spaces; no shell runs it.</param>
/// <param name="remote">What errors name.</param>
sealed class CommandCredentials(string command, string remote) : RefreshingAWSCredentials
{
    const int OutputSizeMax = 64 * 1024;

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        var output = await RunAsync().ConfigureAwait(false);
        try
        {
            using var json = JsonDocument.Parse(output);
            var root = json.RootElement;
            var token = root.TryGetProperty("SessionToken", out var found) ? found.GetString() : null;
            var ends = root.TryGetProperty("Expiration", out var expiration)
                && expiration.ValueKind == JsonValueKind.String
                ? DateTime.Parse(expiration.GetString()!, CultureInfo.InvariantCulture,
                    DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal)
                : DateTime.MaxValue;
            return new CredentialsRefreshState(
                new ImmutableCredentials(
                    root.GetProperty("AccessKeyId").GetString(), root.GetProperty("SecretAccessKey").GetString(),
                    token),
                ends);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException
                or ArgumentException or FormatException)
        {
            // Its output may hold a secret: the inner exception and the message must not show it.
            throw BackendErrors.Credentials(
                remote, "the credentials command did not print JSON with AccessKeyId and SecretAccessKey.");
        }
    }

    protected override CredentialsRefreshState GenerateNewCredentials()
    {
#pragma warning disable VSTHRD002 // The SDK's synchronous door, which no call of ours takes.
        return Task.Run(GenerateNewCredentialsAsync).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    async Task<string> RunAsync()
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            throw BackendErrors.Credentials(remote, "the credentials command is empty.");
        // The settings may have come with a repository; a program beside them must not run.
        if (words[0].Contains('/', StringComparison.Ordinal) && !Path.IsPathRooted(words[0]))
        {
            throw BackendErrors.Credentials(
                remote, "the credentials command must be a name on the PATH or a whole path.");
        }

        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        try
        {
            using var process = Process.Start(start)
                ?? throw BackendErrors.Credentials(remote, $"'{words[0]}' did not start.");
            return await ReadAsync(process, words[0]).ConfigureAwait(false);
        }
        catch (Win32Exception exception)
        {
            throw BackendErrors.Credentials(remote, $"'{words[0]}' could not be started: {exception.Message}");
        }
    }

    async Task<string> ReadAsync(Process process, string program)
    {
        using var limit = new CancellationTokenSource(Timeout);
        try
        {
            var buffer = new char[OutputSizeMax];
            var count = await process.StandardOutput.ReadBlockAsync(buffer, limit.Token).ConfigureAwait(false);
            if (count == OutputSizeMax)
            {
                process.Kill();
                throw BackendErrors.Credentials(remote, $"'{program}' printed more than {OutputSizeMax} characters.");
            }

            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return process.ExitCode == 0
                ? new string(buffer, 0, count)
                : throw BackendErrors.Credentials(remote, $"'{program}' ended with code {process.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw BackendErrors.Credentials(
                remote, $"'{program}' did not answer within {Timeout.TotalSeconds:0} seconds.");
        }
    }
}
