namespace Millrace.Versions.BesideGit;

/// <summary>A pointer in a work tree or a revision.</summary>
/// <param name="Path">What it is for, from the workspace's folder.</param>
/// <param name="Pointer">What it says; null when it cannot be read.</param>
/// <param name="Damage">Why it cannot be read.</param>
public sealed record FoundPointer(string Path, Pointer? Pointer, MillraceException? Damage)
{
    /// <summary>The pointer's own file.</summary>
    public string File => Path + Pointer.Suffix;

    internal static FoundPointer Read(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new FoundPointer(path, Pointer.Parse(bytes, path + Pointer.Suffix), null);
        }
        catch (MillraceException exception)
        {
            return new FoundPointer(path, null, exception);
        }
    }

    /// <exception cref="MillraceException">What is wrong with it.</exception>
    internal Pointer Require() => Pointer ?? throw Damage!;
}
