using System.Runtime.InteropServices;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Signals, which .NET sends only to single processes and only as a kill.</summary>
static partial class Libc
{
    public const int Interrupt = 2;
    public const int Kill = 9;

    /// <param name="target">A process, or with a minus a process group.</param>
    /// <param name="signal">Its number.</param>
    /// <returns>0, or −1 when nobody is there any more.</returns>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Send(int target, int signal);
}
