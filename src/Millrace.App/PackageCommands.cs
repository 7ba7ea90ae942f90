using System.CommandLine;
using System.Formats.Tar;
using System.IO.Compression;
using Millrace.App.Terminal;
using Millrace.Catalog;
using Spectre.Console;

namespace Millrace.App;

/// <summary><c>millrace package</c>: the published binary as a tarball.</summary>
static class PackageCommands
{
    const string FolderName = "millrace";

    public static Command Package()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file to write.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "millrace-linux-x64.tar.gz",
        };
        var command = new Verb(
            "package",
            "Write this program, with its samples, as a tarball for other machines with the .NET 10 runtime.",
            "  millrace package --output millrace.tar.gz\n"
            + "  tar xf millrace.tar.gz && millrace/millrace --version")
        {
            output,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetValue(output)!);
            DurableFile.CreateFolder(Path.GetDirectoryName(path)!);
            DurableFile.Write(path, stream => Write(stream, AppContext.BaseDirectory, cancellationToken));
            TerminalConsole.Error.MarkupLineInterpolated($"Wrote {path} ({new FileInfo(path).Length / 1e6:F0} MB).");
            return Task.FromResult(0);
        });
        return command;
    }

    // Sorted names and fixed times: the same binary gives the same tarball.
    static void Write(Stream stream, string folder, CancellationToken cancellationToken)
    {
        using var zipped = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        using var tar = new TarWriter(zipped, TarEntryFormat.Ustar, leaveOpen: true);
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var content = File.OpenRead(file);
            tar.WriteEntry(new UstarTarEntry(
                TarEntryType.RegularFile, $"{FolderName}/{Path.GetRelativePath(folder, file)}")
            {
                DataStream = content,
                ModificationTime = DateTimeOffset.UnixEpoch,
                Mode = File.GetUnixFileMode(file),
            });
        }
    }
}
