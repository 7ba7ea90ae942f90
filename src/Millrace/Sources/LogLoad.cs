using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>Loads files of JSON lines as they are, each file once; what is no JSON object goes to a quarantine table
/// with its file and line.</summary>
public static partial class LogLoad
{
    const int MaxLineLength = 16 << 20;

    // No character, so in a text it stands for bytes that were none.
    const char NoCharacter = '\uffff';

    static readonly Encoding Utf8 = Encoding.GetEncoding(
        "utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback($"{NoCharacter}"));

    static readonly RowSchema<LogRow> Loaded = new RowSchema<LogRow>()
        .Text("file", row => row.File)
        .Text("file_hash", row => row.FileHash)
        .Int64("line", row => row.Line)
        .Text("body", row => row.Body);

    static readonly RowSchema<LogRow> Quarantined = new RowSchema<LogRow>()
        .Text("file", row => row.File)
        .Text("file_hash", row => row.FileHash)
        .Int64("line", row => row.Line)
        .Text("body", row => row.Body)
        .Text("reason", row => row.Reason);

    /// <summary>Adds a task that appends the lines of every file before a day which is not loaded yet. The table has
    /// the columns <c>file</c>, <c>file_hash</c>, <c>line</c> (from 1) and <c>body</c> (the line's text); the bad lines
    /// are in <c>TABLE$quarantine</c>, with a <c>reason</c>.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="table">The raw table; also the task's name.</param>
    /// <param name="folder">Where the files are.</param>
    /// <param name="pattern">Their names, with <c>*</c>; each holds a day as <c>yyyy-MM-dd</c>. <c>.gz</c> is
    /// unpacked.</param>
    /// <param name="until">Files of that day or later are left for another night.</param>
    public static TaskOutput LoadLogs(
        this Pipeline pipeline, string table, string folder, string pattern, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var quarantine = table + "$quarantine";
        return pipeline.Add(new TaskDefinition
        {
            Name = table,
            Title = $"load new {pattern}",
            Version = "logs/1",
            Parameters = new Dictionary<string, string>
            {
                ["pattern"] = pattern,
                ["until"] = until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            },
            Outputs =
            [
                new OutputDefinition("table", table, ["file", "line"], IsIncremental: true),
                new OutputDefinition("table", quarantine, ["file", "line"], IsIncremental: true),
            ],
            Probe = async cancellationToken =>
            {
                var found = new List<ExternalVersion>();
                foreach (var file in Files(folder, pattern, until))
                {
                    var hash = await ContentHash.OfFileAsync(file, cancellationToken).ConfigureAwait(false);
                    found.Add(new ExternalVersion(
                        "file", Name(file), hash.ToString(),
                        new JsonObject { ["bytes"] = new FileInfo(file).Length }.ToJsonString()));
                }

                return found;
            },
            Body = (context, cancellationToken) =>
                LoadAsync(context, table, quarantine, Files(folder, pattern, until), cancellationToken),
        })[0];
    }

    static List<string> Files(string folder, string pattern, DateOnly until)
    {
        if (!Directory.Exists(folder))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "source-missing", $"There is no folder '{folder}' to load logs from.",
                "Correct the path in the pipeline's parameters.");
        }

        return [.. Directory.EnumerateFiles(folder, pattern)
            .Where(file => Day(file) is { } day && day < until).Order(StringComparer.Ordinal)];
    }

    static DateOnly? Day(string file) => DayInName().Match(Path.GetFileName(file)) is { Success: true } match
        && DateOnly.TryParseExact(
            match.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day : null;

    // The last folder and the file: the same name wherever the site's folder stands.
    static string Name(string file) =>
        Path.Combine(Path.GetFileName(Path.GetDirectoryName(file)) ?? "", Path.GetFileName(file));

    static async Task LoadAsync(
        TaskContext context, string table, string quarantine, List<string> files, CancellationToken cancellationToken)
    {
        using var session = context.OpenSql();
        var loaded = LoadedFiles(context, session, table, quarantine);
        var counts = new LogCounts();
        using (var good = Loaded.OpenTable(session, "good"))
        using (var bad = Quarantined.OpenTable(session, "bad"))
        {
            await ReadAsync(context, files, loaded, good, bad, counts, cancellationToken).ConfigureAwait(false);
        }

        Publish(context, session, table, quarantine, counts, cancellationToken);
    }

    static async Task ReadAsync(
        TaskContext context,
        List<string> files,
        Dictionary<string, string> loaded,
        RowTable<LogRow> good,
        RowTable<LogRow> bad,
        LogCounts counts,
        CancellationToken cancellationToken)
    {
        for (var i = 0; i < files.Count; i++)
        {
            var name = Name(files[i]);
            var hash = (await ContentHash.OfFileAsync(files[i], cancellationToken).ConfigureAwait(false)).ToString();
            if (loaded.TryGetValue(name, out var known))
            {
                if (known != hash)
                {
                    context.Warn($"'{name}' changed after it was loaded; the table keeps what it held then. "
                        + "Give new lines a file of their own.");
                }

                continue;
            }

            Read(files[i], name, hash, good, bad, counts, cancellationToken);
            counts.NewFiles++;
            context.Report(i + 1, files.Count, "files");
        }
    }

    static void Publish(
        TaskContext context,
        SqlSession session,
        string table,
        string quarantine,
        LogCounts counts,
        CancellationToken cancellationToken)
    {
        var summary = new JsonObject
        {
            ["newFiles"] = counts.NewFiles,
            ["linesRead"] = counts.Good + counts.Bad,
            ["quarantined"] = counts.Bad,
        }.ToJsonString();
        context.Publish(
            context.Stage.Write(session, table, TableMode.Append, "select * from good", ["file", "line"],
                cancellationToken: cancellationToken), summary);
        context.Publish(
            context.Stage.Write(session, quarantine, TableMode.Append, "select * from bad", ["file", "line"],
                cancellationToken: cancellationToken), summary);
        if (counts.FirstBad is { } first)
        {
            context.Warn($"{counts.Bad} of {counts.Good + counts.Bad:N0} lines are no JSON object; they are in table "
                + $"'{quarantine}' (first: {first.File} line {first.Line}).");
        }
    }

    static Dictionary<string, string> LoadedFiles(
        TaskContext context, SqlSession session, string table, string quarantine)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { table, quarantine }.Where(name => context.Previous(name) is not null))
        {
            foreach (var (file, hash) in session.Rows(
                $"select distinct file, file_hash from {SqlName.Quote(name + "$previous")}",
                reader => (reader.GetString(0), reader.GetString(1))))
            {
                files[file] = hash;
            }
        }

        return files;
    }

    static void Read(
        string path,
        string name,
        string hash,
        RowTable<LogRow> good,
        RowTable<LogRow> bad,
        LogCounts counts,
        CancellationToken cancellationToken)
    {
        try
        {
            var isPacked = path.EndsWith(".gz", StringComparison.Ordinal);
            using var file = File.OpenRead(path);
            using Stream stream = isPacked ? new GzipInput(file) : file;
            using var reader = new StreamReader(stream, Utf8);
            var lines = new BoundedLines(reader, MaxLineLength);
            var number = 0L;
            while (lines.Next() is { } line)
            {
                cancellationToken.ThrowIfCancellationRequested();
                number++;
                var reason = lines.Length > MaxLineLength
                    ? $"it has {lines.Length:N0} characters; {MaxLineLength:N0} are allowed" : Fault(line);
                var row = new LogRow(name, hash, number, Body(line, lines.Length), reason);
                if (reason is null)
                {
                    counts.Good++;
                    good.Append(row);
                    continue;
                }

                counts.Bad++;
                counts.FirstBad ??= (name, number);
                bad.Append(row);
            }
        }
        catch (InvalidDataException exception)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-damaged", $"The file '{path}' can't be unpacked: {exception.Message}",
                "Fetch the file again; it may still have been written. Nothing of this night's logs was loaded.",
                exception);
        }
    }

    static string Body(string line, long length) =>
        (length > MaxLineLength ? line[..1024] : line).Replace(NoCharacter, '\ufffd').Replace('\0', '\ufffd');

    /// <summary>Why a line can't be loaded; null when it can.</summary>
    static string? Fault(string line)
    {
        if (line.Contains(NoCharacter, StringComparison.Ordinal))
        {
            return "it has bytes that are no UTF-8 text";
        }

        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line), new JsonReaderOptions { MaxDepth = 64 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return "it is no JSON object";
            }

            reader.Skip();
            return reader.Read() ? "something follows the JSON object" : null;
        }
        catch (JsonException exception)
        {
            return $"it is no JSON: {exception.Message.Replace('\0', '\ufffd')}";
        }
    }

    [GeneratedRegex(@"\d{4}-\d{2}-\d{2}")]
    private static partial Regex DayInName();

    sealed class LogCounts
    {
        public int NewFiles { get; set; }

        public long Good { get; set; }

        public long Bad { get; set; }

        public (string File, long Line)? FirstBad { get; set; }
    }

    sealed record LogRow(string File, string FileHash, long Line, string Body, string? Reason);
}
