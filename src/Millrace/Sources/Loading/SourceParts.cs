namespace Millrace.Sources.Loading;

/// <summary>Cuts inputs into parts of about one size. The cut depends on the inputs alone, so that the table's files
/// are the same on every machine.</summary>
static class SourceParts
{
    const long LeastBytes = 16 << 20;
    const long MostBytes = 256 << 20;
    const int WantedParts = 8;

    /// <param name="files">The inputs, in order.</param>
    /// <param name="isExact">Whether marks can't be trusted, so that each file is read from its start to its end.
    /// </param>
    public static List<SourcePart> Cut(IReadOnlyList<InputFile> files, bool isExact)
    {
        var size = Math.Clamp(files.Sum(file => file.Length) / WantedParts, LeastBytes, MostBytes);
        var parts = new List<SourcePart>();
        var ranges = new List<SourceRange>();
        var room = size;
        foreach (var file in files)
        {
            var start = file.Start;
            foreach (var mark in isExact ? [] : MarksOf(file))
            {
                if (mark <= start || mark >= file.Length || mark - start < room)
                {
                    continue;
                }

                ranges.Add(new SourceRange(file, start, mark));
                Close();
                start = mark;
            }

            if (start < file.Length)
            {
                ranges.Add(new SourceRange(file, start, file.Length));
                room -= file.Length - start;
            }

            if (room <= 0)
            {
                Close();
            }
        }

        Close();
        return parts;

        void Close()
        {
            if (ranges.Count > 0)
            {
                parts.Add(new SourcePart(parts.Count, [.. ranges]));
                ranges.Clear();
            }

            room = size;
        }
    }

    /// <summary>Where records of a file may begin.</summary>
    public static IReadOnlyList<long> MarksOf(InputFile file) => file.Format switch
    {
        // Marks were made at line feeds.
        SourceFormat.Csv or SourceFormat.Tsv when file.Dialect.LineEnd != '\n' => [],
        SourceFormat.Csv or SourceFormat.Tsv when file.Dialect.Quote != 0 =>
            file.Dialect.Quote == '"' ? file.Marks.EvenLines : [],
        SourceFormat.Json => [],
        _ => file.Marks.Lines,
    };
}
