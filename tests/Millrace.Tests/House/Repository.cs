namespace Millrace.Tests.House;

/// <summary>Finds the repository that the tests were built from.</summary>
static class Repository
{
    static readonly string[] Folders = ["src", "tests", "samples", "bench"];
    static readonly string[] Generated = ["bin", "obj", "node_modules", "results"];

    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every file that people wrote below the folders with code, as paths relative to the root.</summary>
    public static IEnumerable<string> SourceFiles() =>
        from folder in Folders
        where Directory.Exists(PathOf(folder))
        from path in Directory.EnumerateFiles(PathOf(folder), "*", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, path)
        where !relative.Split('/').Any(part => Generated.Contains(part))
        orderby relative
        select relative;

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Millrace.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' holds Millrace.slnx.");
    }
}
