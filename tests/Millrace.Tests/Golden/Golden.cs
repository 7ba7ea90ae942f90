using Millrace.Tests.House;

// Not in a namespace of the folder's name: that would hide the class from every other test namespace.
namespace Millrace.Tests;

/// <summary>Compares text with a checked-in file. MILLRACE_ACCEPT=1 writes that file instead.</summary>
static class Golden
{
    /// <param name="name">The file beside this class, without <c>.txt</c>.</param>
    /// <param name="actual">What the code shows now; lines end in <c>\n</c>.</param>
    public static void Verify(string name, string actual) =>
        VerifyFile(Repository.PathOf("tests", "Millrace.Tests", "Golden", name + ".txt"), actual);

    public static void VerifyFile(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("MILLRACE_ACCEPT") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        var difference = Compare(path, actual);
        if (difference is not null) Assert.Fail(difference);
    }

    /// <returns>What differs, with the next step; <c>null</c> when the file says the same.</returns>
    public static string? Compare(string path, string actual)
    {
        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected == actual && File.Exists(path)) return null;
        return $"""
            '{Path.GetRelativePath(Repository.Root, path)}' says something else (- the file, + now):
            {LineDiff.Between(expected, actual)}
            If the change is meant, run the test again with MILLRACE_ACCEPT=1 and read the file's diff.
            """;
    }
}
