using System.Text;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Loading;

/// <summary>Makes the parser of a file's format.</summary>
static class ParserFactory
{
    /// <param name="file">The file.</param>
    /// <param name="settings">How it is read.</param>
    /// <param name="columns">The names of all columns, as the sources write them, in the order of the table's.</param>
    public static RecordParser Create(InputFile file, IngestSettings settings, IReadOnlyList<string> columns)
    {
        var reader = new RangeReader(file.Path, file.Length) { MaxRecordBytes = settings.MaxRecordBytes };
        try
        {
            return Create(reader, file, settings, columns);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    static RecordParser Create(
        RangeReader reader, InputFile file, IngestSettings settings, IReadOnlyList<string> columns)
    {
        switch (file.Format)
        {
            case SourceFormat.JsonLines:
                return new JsonLinesParser(reader, columns);
            case SourceFormat.Json:
                return new JsonArrayParser(reader, columns);
            case SourceFormat.CommonLog or SourceFormat.CombinedLog or SourceFormat.Regex:
                var pattern = LogPattern.Of(file.Format, settings.Pattern);
                return new LogParser(reader, pattern, Map(pattern.Columns, columns), columns.Count);
            default:
                return new CsvParser(
                    reader, file.Dialect, file.Names, Map(file.Names, columns), columns.Count,
                    [.. settings.Nulls.Select(Encoding.UTF8.GetBytes)])
                {
                    SkipsBlankLines = file.Names.Count > 1,
                };
        }
    }

    static int[] Map(IReadOnlyList<string> names, IReadOnlyList<string> columns)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count; i++)
        {
            places.TryAdd(columns[i], i);
        }

        return [.. names.Select(name => places.GetValueOrDefault(name, -1))];
    }
}
