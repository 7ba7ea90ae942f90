using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>The versions of a table whose files a vacuum deleted: <c>_vacuumed.json</c> in its folder, written before
/// the first file goes. docs/formats/tables.md.</summary>
static class LostVersions
{
    public const string FileName = "_vacuumed.json";
    const long MaxRange = 100_000_000;

    /// <summary>The versions; empty when none is lost.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>.</exception>
    public static HashSet<long> Read(ITableFiles files)
    {
        using var stream = files.Open(FileName);
        if (stream is null)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(stream);
            var versions = new HashSet<long>();
            foreach (var range in document.RootElement.GetProperty("lost").EnumerateArray())
            {
                if (range[1].GetInt64() - range[0].GetInt64() is < 0 or > MaxRange)
                {
                    throw new InvalidDataException("a range has no end that can be");
                }

                for (var version = range[0].GetInt64(); version <= range[1].GetInt64(); version++)
                {
                    versions.Add(version);
                }
            }

            return versions;
        }
        catch (Exception exception) when (ActionReader.IsDamage(exception)
            || exception is IndexOutOfRangeException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-log-damaged",
                $"'{files.Address(FileName)}' can't be read: {exception.Message}",
                "Restore it from a copy; it says which versions a vacuum let go.", exception);
        }
    }

    public static void Write(ITableFiles files, IEnumerable<long> versions)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("lost");
            foreach (var (first, last) in Ranges([.. versions.Distinct().Order()]))
            {
                json.WriteStartArray();
                json.WriteNumberValue(first);
                json.WriteNumberValue(last);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        files.Put(FileName, stream.ToArray());
    }

    static IEnumerable<(long First, long Last)> Ranges(List<long> versions)
    {
        for (var i = 0; i < versions.Count;)
        {
            var end = i;
            while (end + 1 < versions.Count && versions[end + 1] == versions[end] + 1)
            {
                end++;
            }

            yield return (versions[i], versions[end]);
            i = end + 1;
        }
    }
}
