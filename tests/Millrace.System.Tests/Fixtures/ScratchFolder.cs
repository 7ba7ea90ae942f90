namespace Millrace.SystemTests.Fixtures;

/// <summary>A temporary folder of one test.</summary>
/// <param name="parent">Where it is made; null is the usual place.</param>
public sealed class ScratchFolder(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null ? Directory.CreateTempSubdirectory("millrace-system-").FullName
        : Directory.CreateDirectory(System.IO.Path.Join(parent, $"{Guid.NewGuid():N}")).FullName;

    public string this[string name] => System.IO.Path.Join(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
