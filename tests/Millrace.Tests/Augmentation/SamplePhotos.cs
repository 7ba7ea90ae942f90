namespace Millrace.Tests.AugmentationRoom;

/// <summary>The photographs and the photo model of the sample, found from the test binary upward.</summary>
static class SamplePhotos
{
    internal static string Root { get; } = FindRoot();

    internal static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder, "photos"), "*.jpg").Order(StringComparer.Ordinal)];

    internal static string ModelFile => Path.Combine(Folder, "models", "mobilenetv2-photo.onnx");

    static string Folder => Path.Combine(Root, "samples", "photo-popularity");

    /// <summary>The bytes of the photo whose file name starts so.</summary>
    internal static byte[] Read(string start) =>
        File.ReadAllBytes(Files.Single(file => Path.GetFileName(file).StartsWith(start, StringComparison.Ordinal)));

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run inside the repository.");
    }
}
