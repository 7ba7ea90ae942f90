using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Writes the rows of a temporary table as Parquet files of a table: a folder for each partition, files of
/// about one size, each synced and with its statistics. No log names them yet.</summary>
/// <remarks>The bytes depend on the rows alone: rows keep their order, and there are no times or names
/// inside.</remarks>
sealed partial class DataFileWriter
{
    /// <summary>How large a file is made, about.</summary>
    public const long DefaultFileBytes = 128L << 20;

    /// <summary>How many partitions one write may fill: each is at least one file.</summary>
    const int MaxPartitions = 50_000;

    const string Parted = "millrace_parted";
    // One row group of DuckDB's writer: what so many rows take tells how many fit into a file.
    const int SampleRows = 122_880;

    readonly SqlSession _session;
    readonly TableSnapshot _table;
    readonly FileNames _names;
    readonly PhysicalColumns _physical;
    readonly List<string> _written = [];

    public DataFileWriter(SqlSession session, TableSnapshot table, FileNames names)
    {
        _session = session;
        _table = table;
        _names = names;
        _physical = new PhysicalColumns(table);
    }

    /// <summary>How large a file is made, about: the table's own choice, or <see cref="DefaultFileBytes"/>.</summary>
    public static long TargetBytes(TableSnapshot table) =>
        table.Metadata.Configuration.TryGetValue("delta.targetFileSize", out var text)
        && ByteSize.TryParse(text, out var bytes) ? bytes : DefaultFileBytes;

    /// <summary>Writes all rows.</summary>
    /// <param name="rows">A table of the session with the columns of the table, in order.</param>
    /// <param name="part">Tells files of one attempt apart when several processes write them.</param>
    /// <param name="targetBytes">How large a file is made, about.</param>
    /// <param name="cancellationToken">Ends it between two files, or in one.</param>
    /// <exception cref="MillraceException"><c>constraint-violated</c>, <c>partition-count</c>, <c>disk-full</c>. What
    /// was written is deleted.</exception>
    public List<DataFile> Write(string rows, string part, long targetBytes, CancellationToken cancellationToken)
    {
        WriteRules.Check(_session, _table, rows);
        DurableFile.CreateFolder(DurableFile.FolderOf(Full("x")));
        return WriteEach(rows, Pieces, file => file.Path, cancellationToken);

        IEnumerable<DataFile> Pieces(string source, RowRange range)
        {
            var step = RowsPerFile(source, range, targetBytes, cancellationToken);
            for (var first = range.First; first <= range.Last; first += step)
            {
                var piece = range with { First = first, Last = Math.Min(range.Last, first + step - 1) };
                yield return WriteFile(source, piece, part, cancellationToken);
            }
        }
    }

    /// <summary>Writes rows for the feed of changes; the table has a column <c>_change_type</c> more.</summary>
    public List<ChangeFile> WriteChanges(string rows, CancellationToken cancellationToken)
    {
        return WriteEach(rows, Change, file => file.Path, cancellationToken);

        IEnumerable<ChangeFile> Change(string source, RowRange range)
        {
            var path = $"_change_data/{Folder(range)}{_names.NextChange()}";
            Copy($"{_physical.Select()}, _change_type", $"{source} where {range.Condition}", path, null,
                cancellationToken);
            yield return new ChangeFile(path, Values(range), Seal(path).Size);
        }
    }

    /// <summary>Writes the rows of each partition, then syncs the folders; all or nothing.</summary>
    List<T> WriteEach<T>(
        string rows, Func<string, RowRange, IEnumerable<T>> write, Func<T, string> path,
        CancellationToken cancellationToken)
    {
        try
        {
            var (source, ranges) = Split(rows, cancellationToken);
            var files = new List<T>();
            foreach (var range in ranges)
            {
                files.AddRange(write(source, range));
            }

            SyncFolders(files.Select(path));
            return files;
        }
        catch
        {
            Drop();
            throw;
        }
        finally
        {
            _session.Execute($"drop table if exists {Parted}", CancellationToken.None);
        }
    }

    /// <summary>Deletes what was written and will not be named.</summary>
    public void Drop()
    {
        foreach (var path in _written)
        {
            _table.Storage.Drop(path);
        }

        _written.Clear();
    }

    /// <summary>The rows of each partition as a range of row numbers.</summary>
    (string Source, List<RowRange> Ranges) Split(string rows, CancellationToken cancellationToken)
    {
        if (_table.PartitionColumns.Count == 0)
        {
            var count = _session.Value<long>($"select count(*) from {rows}");
            return (rows, count == 0 ? [] : [new RowRange([], 0, count - 1)]);
        }

        var texts = _table.PartitionColumns.Select(name => PartitionFolder.Text(_table.Schema.Find(name)!)).ToList();
        var names = texts.Select((_, i) => $"millrace_p{i}").ToList();
        _session.Execute(
            $"create or replace temp table {Parted} as select *, "
            + $"{string.Join(", ", texts.Zip(names, (text, name) => $"{text} as {name}"))} from {rows} "
            + $"order by {string.Join(", ", names)}, rowid", cancellationToken);
        var list = string.Join(", ", names);
        var ranges = _session.Rows(
            $"select min(rowid), max(rowid), {list} from {Parted} group by {list} order by 1 limit {MaxPartitions + 1}",
            reader => new RowRange(
                [.. names.Select((_, i) => reader.IsDBNull(i + 2) ? null : reader.GetString(i + 2))],
                reader.GetInt64(0), reader.GetInt64(1)));
        return ranges.Count <= MaxPartitions ? (Parted, ranges) : throw new MillraceException(
            ErrorKind.Invalid, "partition-count",
            $"The rows for table '{_table.Name}' lie in more than {MaxPartitions:N0} partitions of "
            + $"{string.Join(", ", _table.PartitionColumns)}.",
            "Write them in several steps, or part the table by a column with fewer values; nothing was written.");
    }

    long RowsPerFile(string source, RowRange range, long targetBytes, CancellationToken cancellationToken)
    {
        if (range.Count <= 2 * SampleRows)
        {
            return range.Count;
        }

        var path = Full(".tmp-" + Guid.NewGuid().ToString("N"));
        try
        {
            _session.Execute(
                $"copy (select {_physical.Select()} from {source} where rowid between {range.First} "
                + $"and {range.First + SampleRows - 1}) to {SqlName.Text(path)} (format parquet, compression zstd)",
                cancellationToken);
            var bytes = Math.Max(1, new FileInfo(path).Length);
            var rows = Math.Max(SampleRows, targetBytes * SampleRows / bytes / SampleRows * SampleRows);
            // Files of one size, and not a small one at the end.
            var files = Math.Max(1, (range.Count + (rows / 2)) / rows);
            return (range.Count + files - 1) / files;
        }
        finally
        {
            File.Delete(path);
        }
    }

    DataFile WriteFile(string source, RowRange range, string part, CancellationToken cancellationToken)
    {
        var path = Folder(range) + _names.Next(part);
        var rows = $"(select * from {source} where {range.Condition})";
        Copy(_physical.Select(), $"{source} where {range.Condition}", path, _physical.Ids(), cancellationToken);
        var (hash, size) = Seal(path);
        var (statistics, mayNameObjects) = new FileFigures(_table, _physical).Read(_session, rows, range.Count);
        var list = ObjectLists.Write(_session, _table.Storage, path, _physical.Columns, rows, mayNameObjects);
        if (list is not null)
        {
            _written.Add(list);
        }

        return new DataFile(path, size, range.Count, hash, statistics, list) { PartitionValues = Values(range) };
    }

    void Copy(
        string select, string from, string path, string? ids, CancellationToken cancellationToken,
        int groupRows = SampleRows)
    {
        var full = Full(path);
        DurableFile.CreateFolder(Path.GetDirectoryName(full)!);
        _written.Add(path);
        _session.Execute(
            $"copy (select {select} from {from}) to {SqlName.Text(full)} "
            + $"(format parquet, compression zstd, row_group_size {groupRows}"
            + $"{(ids is null ? "" : $", field_ids {ids}")})",
            cancellationToken);
    }

    (string Hash, long Size) Seal(string path)
    {
        var full = Full(path);
        long size;
        using (var handle = File.OpenHandle(full, FileMode.Open, FileAccess.ReadWrite))
        {
            DurableFile.Sync(handle, full);
            size = RandomAccess.GetLength(handle);
        }

        using var stream = File.OpenRead(full);
        return (Convert.ToHexStringLower(SHA256.HashData(stream)), size);
    }

    void SyncFolders(IEnumerable<string> paths)
    {
        foreach (
            var folder in paths.Select(path => Path.GetDirectoryName(Full(path))!).Distinct())
        {
            DurableFile.SyncFolder(folder);
        }
    }

    /// <summary>Where a new file is written.</summary>
    string Full(string path) => _table.Storage.StagePath(path);

    string Folder(RowRange range) => _table.PartitionColumns.Count == 0 ? ""
        : PartitionFolder.Of(_table.PartitionColumns, range.Values) + "/";

    Dictionary<string, string?> Values(RowRange range) => _table.PartitionColumns
        .Zip(range.Values, (name, value) => (Name: _physical.Name(_table.Schema.Find(name)!), Value: value))
        .ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);

    /// <summary>Rows of one partition that follow each other.</summary>
    sealed record RowRange(IReadOnlyList<string?> Values, long First, long Last)
    {
        public long Count => Last - First + 1;

        public string Condition => $"rowid between {First} and {Last}";
    }
}
