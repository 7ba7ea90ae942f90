namespace Millrace.App.Demo.Site;

/// <summary>The photographs of the sample in the order of <c>photos.csv</c>, decoded once. Owns them.</summary>
sealed class SourcePhotographs : IDisposable
{
    const string ListName = "photos.csv";
    const string Header = "file,title,author,year,licence,source";

    readonly SourcePhotograph[] _photographs;

    SourcePhotographs(SourcePhotograph[] photographs) => _photographs = photographs;

    public int Count => _photographs.Length;

    public SourcePhotograph this[int index] => _photographs[index];

    /// <summary>Reads the list and decodes every photograph in it.</summary>
    /// <exception cref="MillraceException"><c>sample-missing</c>, <c>sample-list-unreadable</c>,
    /// <c>photograph-unreadable</c>; an <see cref="AggregateException"/> holds what a photograph threw.</exception>
    public static SourcePhotographs Load(string sampleFolder, ParallelOptions parallel)
    {
        var folder = Path.Combine(sampleFolder, "photos");
        var entries = ReadList(Path.Combine(folder, ListName));
        var photographs = new SourcePhotograph?[entries.Count];
        try
        {
            Parallel.For(0, entries.Count, parallel, index =>
            {
                var path = RequireFile(Path.Combine(folder, entries[index].File));
                photographs[index] = SourcePhotograph.Decode(path, entries[index].Title);
            });
            return new SourcePhotographs([.. photographs.OfType<SourcePhotograph>()]);
        }
        catch
        {
            DisposeAll(photographs);
            throw;
        }
    }

    /// <summary>The path itself, if the file exists.</summary>
    /// <exception cref="MillraceException"><c>sample-missing</c>.</exception>
    public static string RequireFile(string path) =>
        File.Exists(path)
            ? path
            : throw new MillraceException(
                ErrorKind.NotFound,
                "sample-missing",
                $"The sample needs file '{path}', which does not exist.",
                "Give the folder 'samples/photo-popularity' of the distribution, complete.");

    public void Dispose() => DisposeAll(_photographs);

    static List<(string File, string Title)> ReadList(string path)
    {
        var lines = File.ReadAllLines(RequireFile(path));
        if (lines is not [Header, _, ..])
            throw Unreadable(path, 1, $"the header '{Header}' and photographs under it");

        var entries = new List<(string File, string Title)>();
        for (var index = 1; index < lines.Length; index++)
        {
            var fields = lines[index].Split(',');
            if (fields.Length != 6 || fields[0].Length == 0 || fields[1].Length == 0)
                throw Unreadable(path, index + 1, "six fields parted by commas, the first two not empty");
            entries.Add((fields[0], fields[1]));
        }

        return entries;
    }

    static MillraceException Unreadable(string path, int lineNumber, string expected) =>
        new(
            ErrorKind.Invalid,
            "sample-list-unreadable",
            $"Line {lineNumber} of '{path}' was expected to hold {expected}.",
            "Restore the folder 'samples/photo-popularity/photos' from the distribution.");

    static void DisposeAll(SourcePhotograph?[] photographs)
    {
        foreach (var photograph in photographs)
            photograph?.Dispose();
    }
}
