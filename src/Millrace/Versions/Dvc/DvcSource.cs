using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Dvc;

/// <summary>A place that has DVC's objects: a cache, or a remote of any kind.</summary>
/// <param name="Name">For messages, without credentials.</param>
/// <param name="OpenAsync">Opens what lies at a key such as <c>files/md5/ab/cdef…</c>; null when nothing does. It is
/// called from several threads at once.</param>
public sealed record DvcSource(string Name, Func<string, CancellationToken, Task<Stream?>> OpenAsync) : IDisposable
{
    IDisposable? Held { get; init; }

    /// <summary>A folder, or a bucket of S3.</summary>
    /// <param name="text">A path, <c>file:///folder</c> or <c>s3://bucket/prefix</c>.</param>
    /// <param name="settings">How S3 is reached; its url is not looked at.</param>
    /// <exception cref="MillraceException"><c>dvc-remote-missing</c>, <c>dvc-remote-unsupported</c>,
    /// <c>remote-url-invalid</c>, <c>remote-credentials</c>.</exception>
    public static DvcSource Parse(string text, RemoteSettings settings)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(settings);
        if (!IsRead(text))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "dvc-remote-unsupported", $"'{text}' is neither a folder nor s3://bucket/prefix.",
                "Run 'dvc fetch' in the project, which brings its objects into the cache, or mount it as a folder.");
        }

        var address = BackendAddress.Parse(text, Environment.CurrentDirectory);
        if (address.IsS3)
            return OfService(address, settings, null);
        return Directory.Exists(address.Path) ? OfFolder(address.Path) : throw new MillraceException(
            ErrorKind.NotFound, "dvc-remote-missing", $"There is no folder '{text}'.",
            "Name a folder, or s3://bucket/prefix; objects of other remotes are fetched into the project's cache with "
            + "'dvc fetch'.");
    }

    /// <summary>Whether objects at such an address can be read.</summary>
    internal static bool IsRead(string url) => !url.Contains("://", StringComparison.Ordinal)
        || url.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)
        || url.StartsWith("file://", StringComparison.OrdinalIgnoreCase);

    /// <summary>A remote in a bucket. It is reached when it is asked for the first time.</summary>
    internal static DvcSource OfService(BackendAddress address, RemoteSettings settings, S3KeyPair? keys)
    {
        var backend = new LazyBackend(() => new S3Backend(address, settings, keys));
        return new DvcSource(address.ToString(), (key, cancel) => OpenFromAsync(backend.Value, key, cancel))
        {
            Held = backend,
        };
    }

    /// <summary>A cache or a remote that is a folder.</summary>
    public static DvcSource OfFolder(string folder) =>
        new(folder, (key, _) => Task.FromResult<Stream?>(Open(folder, key)));

    /// <returns>Null when there is no file. A pipe or a device, at which an open or a read could wait for ever, is
    /// refused.</returns>
    internal static FileStream? Open(string folder, string key)
    {
        var path = Path.Join(folder, key);
        var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec | Libc.OpenNonBlocking, 0);
        if (descriptor < 0)
        {
            var error = DurableFile.LastError();
            return error is Errno.NoEntry or Errno.NotAFolder
                ? null : throw Unreadable(path, Marshal.GetPInvokeErrorMessage((int)error));
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.FileStatus(handle, out var status) == 0 && status.IsRegularFile)
            return new FileStream(handle, FileAccess.Read, 0);
        handle.Dispose();
        throw Unreadable(path, "it is not a regular file");
    }

    public void Dispose() => Held?.Dispose();

    /// <summary>One request for an object of a window's size, which most are.</summary>
    static async Task<Stream?> OpenFromAsync(S3Backend backend, string key, CancellationToken cancellationToken)
    {
        var window = ArrayPool<byte>.Shared.Rent(DvcServiceStream.WindowSize);
        try
        {
            var count = await backend.ReadAsync(
                key, 0, window.AsMemory(0, DvcServiceStream.WindowSize), cancellationToken).ConfigureAwait(false);
            var stream = new DvcServiceStream(backend, key, window, count);
            window = null;
            return stream;
        }
        catch (MillraceException exception) when (exception.Code == "remote-file-missing")
        {
            return null;
        }
        finally
        {
            if (window is not null)
                ArrayPool<byte>.Shared.Return(window);
        }
    }

    static MillraceException Unreadable(string path, string fact) => new(
        ErrorKind.Unavailable, "file-unreadable", $"'{path}' cannot be read: {fact}.",
        "See to the cause that the message names, then run the command again.");

    /// <summary>Credentials of a remote that is not asked need not be there.</summary>
    sealed class LazyBackend(Func<S3Backend> open) : IDisposable
    {
        readonly Lazy<S3Backend> _backend = new(open);

        public S3Backend Value => _backend.Value;

        public void Dispose()
        {
            if (_backend.IsValueCreated)
                _backend.Value.Dispose();
        }
    }
}
