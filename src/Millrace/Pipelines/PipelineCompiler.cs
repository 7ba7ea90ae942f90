using System.Diagnostics;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Pipelines;

/// <summary>Turns a pipeline file into an assembly, once per content: the engine beside the running binary is injected,
/// so the file needs no directive.</summary>
/// <remarks>Directives of file-based programs (<c>#:package</c>, <c>#:property</c>) are honoured by turning them into
/// items of the generated project. What was compiled is kept under the user's cache folder.</remarks>
public sealed partial class PipelineCompiler(string engineFolder, string cacheFolder)
{
    const string ProjectName = "pipeline.csproj";

    static readonly string[] InjectedUsings =
    [
        "Millrace", "Millrace.Pipelines", "Millrace.Tables", "Millrace.Tables.Checks", "Millrace.Objects",
        "Millrace.Sources", "Millrace.Features",
        "Millrace.Augmentation", "Millrace.Datasets", "Millrace.Tracking", "Millrace.Models",
    ];

    /// <summary>The user's cache folder for compiled pipelines: <c>$XDG_CACHE_HOME/millrace/pipelines</c>.</summary>
    public static string DefaultCacheFolder
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            return Path.Combine(
                string.IsNullOrEmpty(cache)
                    ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache") : cache,
                "millrace", "pipelines");
        }
    }

    /// <summary>Whether <see cref="CompileAsync"/> would have to compile.</summary>
    public bool IsCached(string file) => File.Exists(AssemblyPath(file, out _));

    /// <summary>The assembly of a pipeline file, compiled if it is not cached.</summary>
    /// <returns>The assembly's path and the hash of its compiled code.</returns>
    /// <exception cref="MillraceException"><c>pipeline-missing</c>; <c>pipeline-compile</c> with the compiler's
    /// messages; <c>sdk-missing</c>.</exception>
    public async Task<(string Assembly, string CodeHash)> CompileAsync(
        string file, CancellationToken cancellationToken = default)
    {
        if (!File.Exists(file))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "pipeline-missing", $"There is no pipeline file '{file}'.",
                "Name a C# file that builds a pipeline, such as 'samples/photo-popularity/nightly.cs'.");
        }

        var assembly = AssemblyPath(Path.GetFullPath(file), out var folder);
        if (!File.Exists(assembly))
        {
            await BuildAsync(Path.GetFullPath(file), folder, cancellationToken).ConfigureAwait(false);
        }

        return (assembly, CompiledCode.Hash(assembly));
    }

    string AssemblyPath(string file, out string folder)
    {
        var engine = new FileInfo(Path.Combine(engineFolder, "Millrace.dll"));
        var identity = $"1\n{file}\n{engine.FullName}\n{engine.Length}\n{engine.LastWriteTimeUtc.Ticks}\n"
            + File.ReadAllText(file);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        folder = Path.Combine(cacheFolder, hash[..32]);
        return Path.Combine(folder, "out", Name(file) + ".dll");
    }

    static string Name(string file) => NotInName().Replace(Path.GetFileNameWithoutExtension(file), "_");

    async Task BuildAsync(string file, string folder, CancellationToken cancellationToken)
    {
        SweepAsides();
        var aside = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(aside);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(aside, ProjectName), Project(file), cancellationToken)
                .ConfigureAwait(false);
            var (exitCode, output) = await RunDotnetAsync(aside, cancellationToken).ConfigureAwait(false);
            if (exitCode != 0)
            {
                throw CompileError(file, output);
            }

            try
            {
                Directory.Move(aside, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // Another process compiled the same file meanwhile; both results are the same.
            }
        }
        finally
        {
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }
        }
    }

    // A build that was killed leaves its folder, named by its process.
    void SweepAsides()
    {
        if (!Directory.Exists(cacheFolder))
        {
            return;
        }

        foreach (var left in Directory.EnumerateDirectories(cacheFolder)
            .Where(folder => Path.HasExtension(folder)).ToList())
        {
            try
            {
                if (!Directory.Exists("/proc/" + Path.GetExtension(left)[1..]))
                {
                    Directory.Delete(left, recursive: true);
                }
            }
            catch (IOException)
            {
                // Another process sweeps the same folder.
            }
        }
    }

    string Project(string file)
    {
        var items = new StringBuilder();
        foreach (var match in Directives().EnumerateMatches(File.ReadAllText(file)))
        {
            var text = File.ReadAllText(file).AsSpan(match.Index, match.Length).ToString();
            items.AppendLine(Item(text));
        }

        foreach (var name in InjectedUsings)
        {
            items.AppendLine($"""    <Using Include="{name}" />""");
        }

        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <AssemblyName>{Name(file)}</AssemblyName>
                <UseAppHost>false</UseAppHost>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <Deterministic>true</Deterministic>
                <DebugType>portable</DebugType>
                <Features>$(Features);FileBasedProgram</Features>
                <GenerateAssemblyInfo>false</GenerateAssemblyInfo>
                <EnableDefaultItems>false</EnableDefaultItems>
                <OutputPath>out/</OutputPath>
                <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{SecurityElement.Escape(file)}" />
                <Reference Include="{SecurityElement.Escape(engineFolder)}/*.dll"
                  Exclude="{SecurityElement.Escape(engineFolder)}/Millrace.App.dll" Private="false" />
            {items}  </ItemGroup>
            </Project>
            """;
    }

    static string Item(string directive)
    {
        var parts = directive["#:".Length..].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        var value = parts.Length > 1 ? parts[1].Trim() : "";
        var at = value.LastIndexOf('@');
        return parts[0] switch
        {
            "package" when at > 0 => $"""    <PackageReference Include="{SecurityElement.Escape(value[..at])}" """
                + $"""Version="{SecurityElement.Escape(value[(at + 1)..])}" />""",
            "package" => $"""    <PackageReference Include="{SecurityElement.Escape(value)}" Version="*" />""",
            "project" => $"""    <ProjectReference Include="{SecurityElement.Escape(value)}" />""",
            _ => throw new MillraceException(
                ErrorKind.Invalid, "pipeline-directive", $"The directive '{directive.Trim()}' is not known here.",
                "A pipeline file may have '#:package NAME@VERSION' and '#:project PATH'; it needs none for Millrace."),
        };
    }

    static async Task<(int ExitCode, string Output)> RunDotnetAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["build", ProjectName, "-c", "Release", "--nologo", "-v:q", "-clp:NoSummary", "-nodeReuse:false",
                // Settings of a repository above the cache folder are not the pipeline's; in the project they would
                // come too late.
                "-p:ImportDirectoryBuildProps=false", "-p:ImportDirectoryBuildTargets=false",
                "-p:ImportDirectoryPackagesProps=false"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            using var registration = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var text = await output.ConfigureAwait(false) + await errors.ConfigureAwait(false);
            return (process.ExitCode, text);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "sdk-missing",
                "A pipeline file is compiled with the .NET SDK, and 'dotnet' is not here.",
                "Install the .NET 10 SDK and put it on the PATH.", exception);
        }
    }

    static MillraceException CompileError(string file, string output)
    {
        var messages = output.Split('\n').Select(line => line.Trim())
            .Where(line => line.Contains("error", StringComparison.Ordinal))
            .Select(line => ProjectSuffix().Replace(line, "").Replace(
                Path.GetDirectoryName(file) + "/", "", StringComparison.Ordinal))
            .Distinct().Take(10).ToList();
        return new MillraceException(
            ErrorKind.Invalid, "pipeline-compile",
            $"'{file}' does not compile:\n  " + string.Join("\n  ", messages.DefaultIfEmpty(output.Trim())),
            "Correct the file at the lines that the compiler names (line, column).");
    }

    [GeneratedRegex("^#:.*$", RegexOptions.Multiline)]
    private static partial Regex Directives();

    [GeneratedRegex(@"\s*\[[^\]]*\.csproj\]$")]
    private static partial Regex ProjectSuffix();

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotInName();
}
