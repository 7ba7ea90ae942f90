namespace Millrace.Tests.CatalogRoom;

/// <summary>A temporary directory of one test.</summary>
sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("millrace-test-").FullName;

    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>Names in the folder, in order.</summary>
    public string[] Names() =>
        [.. Directory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName).Order()!];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
