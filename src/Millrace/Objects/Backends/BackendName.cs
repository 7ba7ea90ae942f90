using System.Text;

namespace Millrace.Objects.Backends;

/// <summary>The rule for names on a backend, such that one can never leave the backend's folder: segments parted by
/// '/', none of them empty, '.', '..' or beginning as unfinished files do, without control characters and
/// '\'.</summary>
static class BackendName
{
    const int SizeMax = 900;
    const int SegmentSizeMax = 240;

    /// <exception cref="MillraceException"><c>remote-name-invalid</c>.</exception>
    public static void Check(string name)
    {
        if (!IsValid(name))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "remote-name-invalid", $"'{name}' cannot name a file on a remote.",
                $"Use up to {SizeMax} bytes, in segments parted by '/' that are neither empty nor '.' nor '..'.");
        }
    }

    public static bool IsValid(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) > SizeMax)
            return false;
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or ".."
                || segment.StartsWith(Catalog.DurableFile.AsidePrefix, StringComparison.Ordinal)
                || segment == FolderBackend.LockName || Encoding.UTF8.GetByteCount(segment) > SegmentSizeMax
                || segment.Contains('\\', StringComparison.Ordinal) || segment.Any(char.IsControl)
                || segment.Any(char.IsSurrogate) && !IsWellFormed(segment))
            {
                return false;
            }
        }

        return true;
    }

    static bool IsWellFormed(string segment)
    {
        foreach (var rune in segment.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
                return false;
        }

        return true;
    }
}
