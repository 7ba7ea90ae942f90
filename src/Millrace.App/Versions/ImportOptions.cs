using System.CommandLine;

namespace Millrace.App.Versions;

/// <summary>What the verbs that import have alike.</summary>
static class ImportOptions
{
    public static Option<string?> Name() => new("--name")
    {
        Description = "What the import is called here; without it, as the folder is.",
        HelpName = "NAME",
    };

    /// <summary>An import is only kept: this says how it becomes the user's own.</summary>
    public static void SayNext(string name) => Console.Error.WriteLine(
        $"See it with 'millrace ls import:{name}', make it yours with 'millrace add --from import:{name}'.");

    /// <summary>A name for what comes from a folder.</summary>
    public static string NameOf(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var plain = string.Concat(name.Select(
            value => char.IsAsciiLetterOrDigit(value) || value is '.' or '_' or '-' ? value : '-')).Trim('.', '-');
        return plain.Length == 0 ? "import" : plain;
    }
}
