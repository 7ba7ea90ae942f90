using System.Text;
using System.Text.Json;

namespace Millrace.Tables.Profiles;

/// <summary>What is known of each column of files that a version adds, when their rows are no longer at hand: counts
/// and bounds from the files' statistics, the rest from rows that are looked at one by one.</summary>
/// <remarks>The members are those of <see cref="Edits.ColumnFigures"/>, which asks all rows. That takes as long as
/// writing them; this takes a twentieth of an ingest.</remarks>
static class CommitFigures
{
    const int MaxColumns = 100;
    const int SampleRows = 20_000;
    const int MaxTextShown = 64;

    /// <summary>A JSON object with a member for each column; columns beyond the first hundred are left out. Null when
    /// there are no rows.</summary>
    /// <param name="session">Reads the files; one of its views is made anew.</param>
    /// <param name="folder">The table's.</param>
    /// <param name="staged">The files, which have all of their columns under their own names.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    public static async Task<string?> ReadAsync(
        SqlSession session, string folder, StagedTable staged, CancellationToken cancellationToken)
    {
        var rows = staged.RowCount;
        if (rows == 0)
            return null;
        var source = new TableProfileSource(new TableSnapshot(
            staged.Name, folder, -1, staged.Schema, staged.Files, "", new Dictionary<string, long>(), null));
        List<ProfiledColumn> columns = [.. source.Columns(session).Take(MaxColumns).Select(
            (column, index) => new ProfiledColumn(index, column.Name, column.Type, column.SqlType))];
        ProfileSample.Attach(session, source, columns);
        var sample = await ProfileSample.ReadAsync(session, columns, rows, SampleRows, cancellationToken)
            .ConfigureAwait(false);
        var known = source.First(session, columns);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            for (var i = 0; i < columns.Count; i++)
                Write(json, sample, sample.Columns[i], known[i]);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static void Write(Utf8JsonWriter json, ProfileSample sample, SampleColumn column, ColumnProfile known)
    {
        var figures = SampleFigures.Of(column);
        json.WriteStartObject(column.Column.Name);
        json.WriteNumber("count", sample.TotalRowCount);
        if (known.NullCount is { } nulls)
            json.WriteNumber("nulls", nulls);
        if (!sample.IsWhole)
            json.WriteNumber("sampleRows", sample.RowCount);
        if (column.Column.Kind is not (ColumnKind.Nested or ColumnKind.Bytes))
            WriteValues(json, sample, column, known, figures);
        json.WriteEndObject();
    }

    static void WriteValues(
        Utf8JsonWriter json, ProfileSample sample, SampleColumn column, ColumnProfile known, SampleFigures figures)
    {
        if (column.Column.IsFloat)
            json.WriteNumber("nan", sample.Scale(column.Numbers.LongCount(double.IsNaN) - column.MissingCount));
        if (known is { Min: { } min, Max: { } max })
        {
            json.WriteString("min", Cut(min));
            json.WriteString("max", Cut(max));
        }

        // Where the sample met a value once, there are others that it did not meet.
        if ((sample.IsWhole || figures.Singles == 0) && !column.HasCutWords)
            json.WriteNumber("distinct", figures.Distinct);
        if (column.Column.Kind == ColumnKind.Number && figures.Quantiles.Count > 0)
        {
            json.WriteStartArray("quantiles");
            foreach (var quantile in figures.Quantiles)
                json.WriteNumberValue(quantile);
            json.WriteEndArray();
        }

        if (column.Lengths() is { } lengths)
        {
            json.WriteNumber("lengthMin", lengths.Min);
            json.WriteNumber("lengthMean", lengths.Mean);
            json.WriteNumber("lengthMax", lengths.Max);
        }

        json.WriteStartArray("top");
        foreach (var top in figures.Top)
            json.WriteStringValue(Cut(top.Value));
        json.WriteEndArray();
    }

    static string Cut(string text) => text.Length <= MaxTextShown ? text
        : text[..(char.IsHighSurrogate(text[MaxTextShown - 1]) ? MaxTextShown - 1 : MaxTextShown)];
}
