namespace Millrace.Versions.BesideGit;

/// <summary>Writes words as a shell reads them, for commands that a person is told to type.</summary>
public static class ShellWord
{
    public static string Of(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var isPlain = word.Length > 0
            && word.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '_' or '-' or '+' or '=' or ',' or ':');
        return isPlain ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Of));
}
