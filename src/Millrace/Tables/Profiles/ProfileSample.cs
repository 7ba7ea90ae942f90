using System.Globalization;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Profiles;

/// <summary>The rows that are looked at one by one: all of a small table, else those whose place has a small hash.
/// </summary>
/// <remarks>They are kept as columns of numbers, texts coded by words: 8 bytes for a number, 4 for a text, and each
/// word once. The limits below bound the memory whatever the table holds.</remarks>
sealed class ProfileSample
{
    /// <summary>The view of the rows in the session of a profile.</summary>
    public const string Rows = "profile_rows";

    /// <summary>The columns of that view that tell where a row is.</summary>
    public const string Place = "place_file, place_row";

    const int MaxCells = 20_000_000;
    const int LeastRows = 1_000;
    const int MaxTextCharacters = 64_000_000;
    const int LeastTextCharacters = 32;
    const int MostTextCharacters = 512;

    ProfileSample(IReadOnlyList<SampleColumn> columns, int rowCount, long totalRowCount)
    {
        Columns = columns;
        RowCount = rowCount;
        TotalRowCount = totalRowCount;
    }

    public IReadOnlyList<SampleColumn> Columns { get; }

    public int RowCount { get; }

    public long TotalRowCount { get; }

    public bool IsWhole => RowCount == TotalRowCount;

    /// <summary>A count of the sample brought up to all rows.</summary>
    public long Scale(long count) => IsWhole || RowCount == 0 ? count
        : (long)Math.Round((double)count * TotalRowCount / RowCount);

    /// <summary>Shows the rows as the view <see cref="Rows"/>.</summary>
    public static void Attach(SqlSession session, ProfileSource source, IReadOnlyList<ProfiledColumn> columns)
    {
        var select = columns.Select(column => $"{SqlName.Quote(column.Name)} as {column.Sql}");
        session.Execute(
            $"create or replace temp view {Rows} as select {string.Join(", ", select)}"
            + $"{(columns.Count > 0 ? ", " : "")}{ProfileSource.FileColumn} as place_file, "
            + $"{ProfileSource.RowColumn} as place_row from ({source.RowsSql(session)})");
    }

    /// <summary>Reads the rows in the order of their places.</summary>
    public static async Task<ProfileSample> ReadAsync(
        SqlSession session, IReadOnlyList<ProfiledColumn> columns, long totalRowCount, int wantedRows,
        CancellationToken cancellationToken)
    {
        var rows = Math.Max(LeastRows, Math.Min(wantedRows, MaxCells / Math.Max(1, columns.Count)));
        var isWhole = totalRowCount <= rows;
        var texts = columns.Count(column => column.Kind == ColumnKind.Text);
        var characters = Math.Clamp(
            MaxTextCharacters / (rows * (long)Math.Max(1, texts)), LeastTextCharacters, MostTextCharacters);
        var capacity = isWhole ? (int)totalRowCount : rows + (rows / 20);
        List<SampleColumn> loaded = [.. columns.Select(column => new SampleColumn(column, capacity, (int)characters))];
        var select = string.Join(", ", columns.Select(column => column.NumberSql
            ?? (column.Kind == ColumnKind.Text ? $"left({column.TextSql}, {characters})" : "false")));
        var where = isWhole ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $" where hash({Place}) <= {(ulong)(ulong.MaxValue * ((double)rows / totalRowCount))}::ubigint");
        var count = 0;
        using (var reader = new ArrowReader(
            session, $"select {select} from {Rows}{where} order by {Place}", cancellationToken))
        {
            while (await reader.ReadAsync().ConfigureAwait(false) is { } batch)
            {
                using (batch)
                {
                    for (var i = 0; i < loaded.Count; i++)
                        loaded[i].Append(batch.Column(i));
                    count += batch.Length;
                }
            }
        }

        Parallel.ForEach(loaded, column => column.Seal());
        return new ProfileSample(loaded, count, totalRowCount);
    }
}
