using Microsoft.Win32.SafeHandles;

namespace Millrace.App.Terminal;

/// <summary>Standard output as bytes.</summary>
static class StandardOutput
{
    const int BrokenPipe = 32;

    /// <summary>Unlike the stream of <see cref="Console"/>, it tells when nobody reads any more, so that work whose
    /// result nobody wants can end. A file has the place where the next one writes in common with others, which only
    /// that stream moves on.</summary>
    public static Stream Open()
    {
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>Whether an exception says that nobody reads any more.</summary>
    public static bool IsGone(Exception exception) => exception is IOException { HResult: BrokenPipe };
}
