using System.Text;
using Millrace.Catalog;

namespace Millrace.Sources.Loading;

/// <summary>Where an export goes: a file that it takes the place of, something that is written through, or a service.
/// </summary>
/// <param name="Target">The path, with links followed; or the URL, or <c>-</c>.</param>
/// <param name="IsService">Whether it is a URL.</param>
/// <param name="IsStream">Whether it is a pipe or a device, which keeps its place.</param>
sealed record ExportPlace(string Target, bool IsService, bool IsStream)
{
    /// <summary>What a killed export left is deleted after that time, for nobody tells whether its writer lives.
    /// </summary>
    static readonly TimeSpan SweepAge = TimeSpan.FromDays(1);

    /// <summary>Whether a file is written aside and gets its name.</summary>
    public bool IsFile => !IsService && !IsStream && Target != "-";

    /// <exception cref="MillraceException"><c>target-invalid</c>.</exception>
    public static ExportPlace Of(string target)
    {
        if (target is "-" or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1")
        {
            return new ExportPlace("-", false, false);
        }

        if (target.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
        {
            return new ExportPlace(target, true, false);
        }

        var path = Path.GetFullPath(target);
        if (!SourceStatus.TryOf(path, out var status, out _) || status.IsRegularFile)
        {
            return new ExportPlace(Followed(path), false, false);
        }

        return status.IsFolder ? throw Invalid(path, "is a folder", "Name a file in it.")
            : status.IsBlockDevice ? throw Invalid(path, "is a disk", "Name a file on it.")
            : new ExportPlace(path, false, true);
    }

    /// <summary>Refuses a place that can't take the file.</summary>
    /// <exception cref="MillraceException"><c>target-exists</c>, <c>target-missing</c>.</exception>
    public void Check(bool replaces)
    {
        if (!replaces && File.Exists(Target))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "target-exists", $"'{Target}' is there already.",
                "Name another file, or replace it with '--replace'.");
        }

        var folder = DurableFile.FolderOf(Target);
        if (!Directory.Exists(folder))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "target-missing",
                $"There is no folder '{folder}' for '{Path.GetFileName(Target)}'.",
                "Correct the path, or make the folder first.");
        }
    }

    /// <summary>Makes the empty file aside, so that a place where nothing may be written is told before the work.
    /// </summary>
    /// <exception cref="MillraceException"><c>not-writable</c>, <c>disk-full</c>, <c>write-failed</c>.</exception>
    public void Begin(string aside)
    {
        try
        {
            DurableFile.Open(
                aside, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, AsideFile.Writable).Dispose();
        }
        catch (MillraceException exception)
        {
            throw new MillraceException(
                exception.Kind, exception.Code, exception.Message.Replace(aside, Target, StringComparison.Ordinal),
                exception.Hint, exception);
        }
    }

    /// <summary>Deletes what killed exports left in the folder long ago.</summary>
    public void Sweep(DateTimeOffset now)
    {
        try
        {
            foreach (var file in new DirectoryInfo(DurableFile.FolderOf(Target)).EnumerateFiles(
                $"{DurableFile.AsidePrefix}*",
                new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint }))
            {
                if (DurableFile.IsAsideName(Encoding.UTF8.GetBytes(file.Name))
                    && now - file.LastWriteTimeUtc > SweepAge)
                {
                    file.Delete();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It takes room and does no other harm; the export itself tells what is wrong with the place.
        }
    }

    /// <summary>Opens what is written through; a pipe waits for its reader.</summary>
    /// <exception cref="MillraceException"><c>not-writable</c>, <c>write-failed</c>.</exception>
    public async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(
                () => new FileStream(Target, new FileStreamOptions
                {
                    Mode = FileMode.Open,
                    Access = FileAccess.Write,
                    Share = FileShare.ReadWrite,
                    BufferSize = 0,
                }),
                cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Translate(exception, Target);
        }
    }

    /// <summary>Where a chain of links ends, also when nothing is there yet.</summary>
    static string Followed(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget is null
                ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException exception)
        {
            throw Invalid(path, $"is a link that leads nowhere ({exception.Message.TrimEnd('.')})", "Name a file.");
        }
    }

    static MillraceException Invalid(string path, string fact, string hint) => new(
        ErrorKind.Invalid, "target-invalid", $"'{path}' {fact}, and a file is to be written.", hint);
}
