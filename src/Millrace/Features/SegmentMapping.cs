using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Features;

/// <summary>A file's bytes in memory, read-only, until nobody refers to this object any more.</summary>
/// <remarks>
/// Nothing unmaps the file but the garbage collector. So readers need neither locks nor counts, and a reader that is
/// overtaken by a dispose reads on in mapped memory instead of killing the process. Whoever uses a span must keep this
/// object reachable meanwhile (<see cref="GC.KeepAlive"/>).
/// </remarks>
sealed unsafe class SegmentMapping
{
    readonly SafeMemoryMappedViewHandle _view;
    readonly byte* _start;

    SegmentMapping(string path, SafeMemoryMappedViewHandle view, long length)
    {
        Path = path;
        Length = length;
        _view = view;

        // Not AcquirePointer: its count would keep the finalizer of the handle from unmapping.
        _start = (byte*)view.DangerousGetHandle();
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="MillraceException"><c>online-segment-missing</c>, <c>online-segment-unreadable</c>, or
    /// <c>online-segment-damaged</c> for a file shorter than <paramref name="lengthMin"/>.</exception>
    public static SegmentMapping Open(string path, long lengthMin)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var length = stream.Length;
            if (length < lengthMin)
                throw SegmentDamage.At(path, length, $"the file ends here; a segment has at least {lengthMin} bytes.");

            using var file = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);

            // Not disposed on purpose: the mapping owns the view's handle from here on.
            var view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read).SafeMemoryMappedViewHandle;
            return new SegmentMapping(path, view, length);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MillraceException(
                ErrorKind.NotFound,
                "online-segment-missing",
                $"Online segment '{path}' does not exist.",
                "Materialize the feature view again; 'millrace fsck' lists everything missing.",
                cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable,
                "online-segment-unreadable",
                $"Online segment '{path}' cannot be opened: {cause.Message}",
                "Check the file's permissions and the disk.",
                cause);
        }
    }

    /// <summary>Bytes of the file, without a copy.</summary>
    /// <exception cref="MillraceException"><c>online-segment-damaged</c>: they lie outside the file.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        // The one place that turns an address into a span. Every offset that comes from the file passes this check.
        if (offset < 0 || length < 0 || offset > Length - length)
            throw SegmentDamage.At(Path, offset, $"{length} bytes from here reach beyond the file's {Length:N0}.");
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>Gives the memory back at once; only for a mapping that nobody else has seen.</summary>
    public void Unmap() => _view.Dispose();
}
