using System.Text;
using DuckDB.NET.Data;
using Millrace.Objects;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Gathers records that can't be rows, with their very bytes, for the table's quarantine. Thread-safe.
/// </summary>
/// <remarks>It spills to disk when there are many. A record that is too long for a cell becomes an object.</remarks>
sealed class QuarantineSink : IDisposable
{
    /// <summary>Longer records are kept as objects.</summary>
    const int MaxCellBytes = 64 << 10;

    const string Columns = "file_number integer, range_start bigint, line bigint, column_name varchar, reason varchar, "
        + "raw varchar, raw_bytes blob, object varchar";

    static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    readonly Lock _lock = new();
    readonly SqlSession _session;
    readonly IReadOnlyList<InputFile> _files;
    readonly Dictionary<InputFile, int> _numbers;
    readonly List<LongRecord> _long = [];
    DuckDBAppender? _appender;

    public QuarantineSink(SqlSession session, IReadOnlyList<InputFile> files)
    {
        _session = session;
        _files = files;
        _numbers = files.Select((file, i) => (file, i)).ToDictionary(pair => pair.file, pair => pair.i);
        Clear();
    }

    /// <summary>How many records there are.</summary>
    public long Count { get; private set; }

    /// <summary>Forgets all, to begin again.</summary>
    public void Clear()
    {
        _appender?.Dispose();
        _appender = null;
        _long.Clear();
        Count = 0;
        _session.Execute($"create or replace temp table bad ({Columns})");
    }

    /// <summary>Takes a record.</summary>
    /// <param name="range">Where it was found.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="record">Its bytes if they are at hand; else they are read again.</param>
    public void Add(SourceRange range, BadRecord fault, ReadOnlySpan<byte> record)
    {
        byte[]? read = null;
        if (fault.Length <= MaxCellBytes && record.Length != fault.Length)
        {
            read = Read(range.File, fault);
        }

        lock (_lock)
        {
            Count++;
            if (fault.Length > MaxCellBytes)
            {
                _long.Add(new LongRecord(range, fault));
                return;
            }

            Append(range, fault, read ?? record, null);
        }
    }

    /// <summary>Puts long records into the object store, once no more come.</summary>
    public async Task StoreLongAsync(ObjectBatch objects, CancellationToken cancellationToken)
    {
        foreach (var (range, fault) in _long)
        {
            var file = File.OpenRead(range.File.Path);
            await using (file.ConfigureAwait(false))
            {
                file.Position = fault.Offset;
                using var part = new PartStream(file, fault.Length);
                var hash = await objects.PutAsync(part, cancellationToken).ConfigureAwait(false);
                Append(range, fault, [], ObjectUrl.Format(hash));
            }
        }

        _long.Clear();
    }

    /// <summary>The query of the quarantine's rows, in the session that was given.</summary>
    /// <param name="ranges">What was read, by which lines are counted from the file's start.</param>
    public string Query(IEnumerable<RangeResult> ranges)
    {
        _appender?.Dispose();
        _appender = null;
        _session.Execute("create or replace temp table files (number integer, name varchar, hash varchar);"
            + "create or replace temp table before (number integer, range_start bigint, lines bigint)");
        using (var files = _session.Connection.CreateAppender("temp", "main", "files"))
        {
            for (var i = 0; i < _files.Count; i++)
            {
                files.CreateRow().AppendValue(i).AppendValue(_files[i].Name).AppendValue(_files[i].Hash).EndRow();
            }
        }

        using (var before = _session.Connection.CreateAppender("temp", "main", "before"))
        {
            foreach (var file in ranges.GroupBy(range => _numbers[range.Range.File]))
            {
                var lines = _files[file.Key].LinesBefore;
                foreach (var range in file.OrderBy(range => range.Range.Start))
                {
                    before.CreateRow().AppendValue(file.Key).AppendValue(range.Range.Start).AppendValue(lines).EndRow();
                    lines += range.Lines;
                }
            }
        }

        return """
            select f.name as file, f.hash as file_hash, b.line + s.lines as line, b.column_name, b.reason, b.raw,
                b.raw_bytes, b.object
            from bad b join files f on f.number = b.file_number
            join before s on s.number = b.file_number and s.range_start = b.range_start
            order by b.file_number, b.line + s.lines
            """;
    }

    /// <summary>One of the records, for a message: which, and why it is none.</summary>
    public string Sample()
    {
        _appender?.Dispose();
        _appender = null;
        var found = _session.Rows(
            "select file_number, reason from bad order by file_number, range_start, line limit 1",
            reader => $"for example in '{_files[reader.GetInt32(0)].Name}': {reader.GetString(1)}");
        return found.Count > 0 ? found[0]
            : _long.Count > 0 ? $"for example in '{_long[0].Range.File.Name}': {_long[0].Fault.Reason}" : "none";
    }

    public void Dispose() => _appender?.Dispose();

    void Append(SourceRange range, BadRecord fault, ReadOnlySpan<byte> record, string? url)
    {
        _appender ??= _session.Connection.CreateAppender("temp", "main", "bad");
        var text = url is null ? Text(record) : null;
        var row = _appender.CreateRow().AppendValue(_numbers[range.File]).AppendValue(range.Start)
            .AppendValue(fault.Line).AppendValue(Clean(fault.Column)).AppendValue(Clean(fault.Reason));
        row = text is null ? row.AppendNullValue() : row.AppendValue(text);
        row = text is not null || url is not null ? row.AppendNullValue() : row.AppendValue(record.ToArray());
        (url is null ? row.AppendNullValue() : row.AppendValue(url)).EndRow();
    }

    // The appender would cut a text off at a NUL.
    static string? Clean(string? text) => text?.Replace('\0', '\ufffd');

    static string? Text(ReadOnlySpan<byte> record)
    {
        try
        {
            return record.Contains((byte)0) ? null : Strict.GetString(record);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    static byte[] Read(InputFile file, BadRecord fault)
    {
        using var handle = File.OpenHandle(file.Path);
        var bytes = new byte[fault.Length];
        var read = 0;
        while (read < bytes.Length
            && RandomAccess.Read(handle, bytes.AsSpan(read), fault.Offset + read) is var count and > 0)
        {
            read += count;
        }

        return bytes[..read];
    }

    sealed record LongRecord(SourceRange Range, BadRecord Fault);
}
