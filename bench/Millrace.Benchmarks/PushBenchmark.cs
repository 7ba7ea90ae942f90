using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Objects;

namespace Millrace.Benchmarks;

/// <summary>A folder sent to the S3 server of Millrace on this machine, beside <c>rclone copy</c> of the same files to
/// the same server. Counted is what the client takes; the server is another process. Needs rclone.</summary>
/// <param name="folder">Empty; what is made here stays.</param>
/// <param name="program">The binary.</param>
sealed class PushBenchmark(string folder, string program) : IDisposable
{
    const string Bucket = "bench";
    const string AccessVariable = "MILLRACE_BENCH_ACCESS";
    const string SecretVariable = "MILLRACE_BENCH_SECRET";
    const string AccessKey = "MRBENCHBENCHBENCH000";
    const string SecretKey = "bench-secret-of-forty-characters-0123456";

    Process? _server;
    string _endpoint = "";
    int _copies;

    /// <summary>Makes a workspace with the files in a commit, and starts the server.</summary>
    public async Task PrepareAsync(string original)
    {
        Environment.SetEnvironmentVariable(AccessVariable, AccessKey);
        Environment.SetEnvironmentVariable(SecretVariable, SecretKey);
        await CommandRun.TakeAsync(
            folder,
            $"mkdir server client && cd server && {program} init . && {program} key create --name bench "
            + $"--access-key {AccessKey} --secret-key-env {SecretVariable}");
        _server = Process.Start(new ProcessStartInfo(program, ["s3", "--s3-port", "0", "--json"])
        {
            WorkingDirectory = Path.Join(folder, "server"),
            RedirectStandardOutput = true,
        })!;
        var line = await _server.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The S3 server did not start.");
        _endpoint = (string)JsonNode.Parse(line)!["s3"]!;
        await CommandRun.TakeAsync(folder, $"{Rclone} mkdir lab:{Bucket}");
        await CommandRun.TakeAsync(
            Path.Join(folder, "client"),
            $"cp -r {original} data && {program} init . && {program} add data && {program} commit -m first");
    }

    /// <summary>Pushes to a place of the server that is empty: with the verb, or with the library where the program has
    /// no such verb yet.</summary>
    public async Task<CommandRun> PushAsync()
    {
        var client = Path.Join(folder, "client");
        var remote = new RemoteSettings
        {
            Url = string.Create(CultureInfo.InvariantCulture, $"s3://{Bucket}/push-{++_copies}"),
            Endpoint = _endpoint,
            AccessKeyVariable = AccessVariable,
            SecretKeyVariable = SecretVariable,
        };
        await File.WriteAllTextAsync(
            Path.Join(client, "millrace.yaml"),
            $"""
            remotes:
              default: lab
              lab:
                url: {remote.Url}
                endpoint: {remote.Endpoint}
                access-key-env: {AccessVariable}
                secret-key-env: {SecretVariable}

            """);
        if (Directory.Exists(Path.Join(client, ".millrace", "remotes")))
            Directory.Delete(Path.Join(client, ".millrace", "remotes"), recursive: true);
        return await HasVerbAsync() ? await CommandRun.TakeAsync(client, $"{program} push")
            : await PushInProcessAsync(client, remote);
    }

    /// <summary>The same files by the peer.</summary>
    public Task<CommandRun> CopyAsync() => CommandRun.TakeAsync(
        Path.Join(folder, "client"),
        string.Create(CultureInfo.InvariantCulture, $"{Rclone} copy data lab:{Bucket}/copy-{++_copies}"));

    public void Dispose()
    {
        _server?.Kill();
        _server?.Dispose();
    }

    string Rclone =>
        "RCLONE_CONFIG_LAB_TYPE=s3 RCLONE_CONFIG_LAB_PROVIDER=Other RCLONE_CONFIG_LAB_FORCE_PATH_STYLE=true "
        + $"RCLONE_CONFIG_LAB_ENDPOINT={_endpoint} RCLONE_CONFIG_LAB_ACCESS_KEY_ID={AccessKey} "
        + $"RCLONE_CONFIG_LAB_SECRET_ACCESS_KEY={SecretKey} rclone";

    async Task<bool> HasVerbAsync()
    {
        try
        {
            await CommandRun.TakeAsync(folder, $"{program} push --help");
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static async Task<CommandRun> PushInProcessAsync(string client, RemoteSettings settings)
    {
        var start = Stopwatch.GetTimestamp();
        var before = Environment.CpuUsage.TotalTime;
        using var store = new ObjectStore(Path.Join(client, ".millrace", "objects"));
        using var remote = ObjectRemote.Open(settings, client, Path.Join(client, ".millrace", "remotes", "lab"));
        await remote.PushAsync(store, [.. store.List()]);
        return new CommandRun(
            Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds,
            Environment.WorkingSet);
    }
}
