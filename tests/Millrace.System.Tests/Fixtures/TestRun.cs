using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Millrace.SystemTests.Fixtures.TestRun))]

namespace Millrace.SystemTests.Fixtures;

/// <summary>What all tests share: the unpacked binary, a cache for compiled pipelines, and two workspaces that tests
/// copy and never change.</summary>
public sealed class TestRun : IAsyncLifetime
{
    public const int Photos = 120;
    public const string FirstNight = "2026-03-13";
    public const string SecondNight = "2026-03-14";
    public const string ThirdNight = "2026-03-15";

    const long MemoryBytes = 8L << 30;
    const string PackageVariable = "MILLRACE_PACKAGE";

    readonly ScratchFolder _scratch = new();
    readonly Lazy<Task> _compiled;
    readonly Lazy<Task<UndisturbedDemo>> _demo;
    readonly Lazy<Task<string>> _firstNight;
    readonly Lazy<Task<SmallDisk>> _memory;
    readonly Lazy<Task<VersionPlace>> _versions;

    public TestRun()
    {
        _compiled = new Lazy<Task>(CompileAsync);
        _demo = new Lazy<Task<UndisturbedDemo>>(MakeDemoAsync);
        _firstNight = new Lazy<Task<string>>(MakeFirstNightAsync);
        _memory = new Lazy<Task<SmallDisk>>(() => SmallDisk.MountAsync(MemoryBytes));
        _versions = new Lazy<Task<VersionPlace>>(MakeVersionsAsync);
    }

    /// <summary>The tarball that is tested.</summary>
    public string Package { get; private set; } = "";

    /// <summary>The unpacked binary.</summary>
    public string Program => _scratch["package/millrace/millrace"];

    /// <summary>The sample's pipeline, as the package has it.</summary>
    public string Nightly => _scratch["package/millrace/samples/photo-popularity/nightly.cs"];

    /// <summary>Where chance begins: the same each time, but for the full counts.</summary>
    public int Seed { get; } = Environment.GetEnvironmentVariable("MILLRACE_SEED") is { } given ? int.Parse(given)
        : IsFull ? Environment.TickCount : 1;

    /// <summary>Whether the fault tests run at their full counts.</summary>
    public static bool IsFull => Environment.GetEnvironmentVariable("MILLRACE_FULL") == "1";

    public async ValueTask InitializeAsync()
    {
        Package = Environment.GetEnvironmentVariable(PackageVariable) ?? throw new InvalidOperationException(
            $"These tests run a packaged binary: run './test', or name its tarball in {PackageVariable}.");
        Directory.CreateDirectory(_scratch["package"]);
        await Shell.RunAsync("tar", "xzf", Path.GetFullPath(Package), "-C", _scratch["package"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_memory.IsValueCreated)
            await (await _memory.Value).DisposeAsync();
        _scratch.Dispose();
    }

    /// <summary>The binary, started in <paramref name="folder"/>.</summary>
    public Cli Cli(string folder, params (string Name, string? Value)[] environment) => new(
        Program,
        folder,
        environment.Prepend(("XDG_CACHE_HOME", _scratch["cache"]))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2));

    /// <summary>Three nights that nothing disturbed.</summary>
    public Task<UndisturbedDemo> DemoAsync() => _demo.Value;

    /// <summary>A workspace with versions, in memory, which tests copy: what kills a process and not the machine needs
    /// no disk.</summary>
    internal Task<VersionPlace> VersionsAsync() => _versions.Value;

    /// <summary>A copy of the photo site and of a workspace after its first night, for a test to change.</summary>
    public async Task<NightJob> AfterFirstNightAsync()
    {
        var job = new NightJob(this);
        await Shell.CopyAsync(await _firstNight.Value + "/.", job.Folder);
        return job;
    }

    /// <summary>A copy of the photo site with a workspace that holds nothing yet.</summary>
    public async Task<NightJob> BeforeFirstNightAsync()
    {
        var job = new NightJob(this);
        await Shell.CopyAsync(Path.Combine((await DemoAsync()).Folder, "site"), job.Site);
        (await job.Cli.RunAsync("init", job.Workspace)).Ended(0);
        return job;
    }

    async Task<VersionPlace> MakeVersionsAsync() => await VersionPlace.MakeAsync(this, (await _memory.Value).Path);

    // The nightly pipeline is compiled before anything is measured, and by one process.
    async Task CompileAsync()
    {
        var cli = Cli(_scratch.Path);
        (await cli.RunAsync("init", _scratch["compile"])).Ended(0);
        var planned = await cli.RunAsync(
            "run", Nightly, "--date", FirstNight, "--dry-run", "--workspace", _scratch["compile"]);
        planned.Says("Compiling nightly.cs");
    }

    async Task<UndisturbedDemo> MakeDemoAsync()
    {
        await _compiled.Value;
        var started = Stopwatch.GetTimestamp();
        var result = (await Cli(_scratch.Path).RunAsync(UndisturbedDemo.Command(_scratch["demo"]))).Ended(0);
        return new UndisturbedDemo(_scratch["demo"], result, Stopwatch.GetElapsedTime(started));
    }

    // With one task at a time, so that what follows can be compared with the demo, which does two.
    async Task<string> MakeFirstNightAsync()
    {
        using var job = await BeforeFirstNightAsync();
        (await job.NightAsync(FirstNight, "--parallel", "1")).Ended(0);
        await Shell.CopyAsync(job.Folder, _scratch["first-night"]);
        return _scratch["first-night"];
    }
}
