using System.Runtime.InteropServices;

namespace Millrace.Catalog;

/// <summary>A stretch of memory, as <c>struct iovec</c> of Linux x86-64 says it.</summary>
/// <param name="start">Where it begins; it must not move while the kernel uses it.</param>
/// <param name="size">Its bytes.</param>
[StructLayout(LayoutKind.Sequential)]
readonly unsafe struct IoVector(byte* start, nint size)
{
    readonly byte* _start = start;
    readonly nint _size = size;
}
