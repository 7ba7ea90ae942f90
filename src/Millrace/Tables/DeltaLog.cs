using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Catalog;

namespace Millrace.Tables;

/// <summary>The transaction log of a Delta Lake table: one JSON file a version, each put if absent.</summary>
/// <remarks>The format is the published Delta protocol, reader version 1 and writer version 2:
/// https://github.com/delta-io/delta/blob/master/PROTOCOL.md. Checkpoints are not read yet; a table that has them and
/// no longer its first versions is refused, as is one that needs a newer reader.</remarks>
static class DeltaLog
{
    const string LogFolder = "_delta_log";
    const int MaxReaderVersion = 1;
    const int MaxWriterVersion = 2;
    const long MaxEntryBytes = 1L << 30;

    static readonly string[] FeatureLists = ["readerFeatures", "writerFeatures"];

    /// <summary>Creates the empty log's folder.</summary>
    public static void CreateFolder(string tableFolder) =>
        DurableFile.CreateFolder(Path.Combine(tableFolder, LogFolder));

    /// <summary>Puts a version's entry if nobody has put one.</summary>
    /// <returns>False when the version exists.</returns>
    public static bool TryPut(string tableFolder, long version, ReadOnlySpan<byte> entry) =>
        DurableFile.TryPut(EntryPath(tableFolder, version), entry);

    /// <summary>Reads the table at a version, or at the newest one; null when it has none.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>table-feature-unknown</c>,
    /// <c>version-unknown</c>.</exception>
    public static TableSnapshot? Read(string name, string tableFolder, long? version = null)
    {
        var newest = NewestVersion(name, tableFolder);
        if (newest < 0)
        {
            return null;
        }

        if (version > newest || version < 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "version-unknown", $"Table '{name}' has no version {version}.",
                $"Its newest is v{newest}.");
        }

        var state = new State(name, tableFolder);
        for (var number = 0L; number <= (version ?? newest); number++)
        {
            state.Apply(number, EntryPath(tableFolder, number));
        }

        return state.Snapshot(version ?? newest);
    }

    /// <summary>The files of the log, version 0 first.</summary>
    internal static IReadOnlyList<string> Entries(string name, string tableFolder) =>
        [.. Enumerable.Range(0, (int)NewestVersion(name, tableFolder) + 1)
            .Select(version => EntryPath(tableFolder, version))];

    /// <summary>The folder of the log.</summary>
    internal static string FolderOf(string tableFolder) => Path.Combine(tableFolder, LogFolder);

    static string EntryPath(string tableFolder, long version) => Path.Combine(
        tableFolder, LogFolder, version.ToString("D20", CultureInfo.InvariantCulture) + ".json");

    static long NewestVersion(string name, string tableFolder)
    {
        var folder = Path.Combine(tableFolder, LogFolder);
        if (!Directory.Exists(folder))
        {
            return -1;
        }

        var versions = Directory.EnumerateFiles(folder, "*.json")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(file => file.Length == 20 && file.All(char.IsAsciiDigit))
            .Select(file => long.TryParse(file, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue)
            .Order().ToList();
        if (versions.Count == 0)
        {
            return Directory.EnumerateFiles(folder, "*.checkpoint*.parquet").Any()
                ? throw new MillraceException(
                    ErrorKind.Corrupt, "table-log-damaged",
                    $"The log of table '{name}' has a checkpoint and no entries.",
                    "Restore the missing files of '_delta_log' from a copy. A log that was cut short by a checkpoint "
                    + "of another writer can't be read yet.")
                : -1;
        }

        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i] != i)
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "table-log-damaged",
                    $"The log of table '{name}' has no entry for version {i}, though it has one for {versions[i]}.",
                    "Restore the missing file of '_delta_log' from a copy. A log that was cut short by a checkpoint of "
                    + "another writer can't be read yet.");
            }
        }

        return versions[^1];
    }

    /// <summary>The state of a table while its log is played.</summary>
    sealed class State(string name, string folder)
    {
        readonly Dictionary<string, (long Order, DataFile File)> _files = new(StringComparer.Ordinal);
        readonly Dictionary<string, long> _attempts = new(StringComparer.Ordinal);
        TableSchema? _schema;
        string? _tableId;
        string? _runId;
        long _order;

        public void Apply(long version, string path)
        {
            var line = 0;
            _runId = null;
            try
            {
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                if (stream.Length is 0 or > MaxEntryBytes)
                {
                    throw new InvalidDataException($"it has {stream.Length:N0} bytes");
                }

                using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
                while (reader.ReadLine() is { } text)
                {
                    line++;
                    if (text.Length > 0)
                    {
                        using var action = JsonDocument.Parse(text);
                        Apply(version, action.RootElement);
                    }
                }
            }
            catch (Exception exception) when (exception is JsonException or InvalidDataException
                or DecoderFallbackException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "table-log-damaged",
                    $"Line {line} of '{path}', the log of table '{name}', can't be read: {exception.Message}",
                    "Restore that file from a copy; the versions before it are whole.", exception);
            }
        }

        public TableSnapshot Snapshot(long version) => _schema is null || _tableId is null
            ? throw new MillraceException(
                ErrorKind.Corrupt, "table-log-damaged", $"The log of table '{name}' has no metadata.",
                "Restore the first file of its '_delta_log' from a copy.")
            : new TableSnapshot(
                name, folder, version, _schema,
                [.. _files.Values.OrderBy(entry => entry.Order).Select(entry => entry.File)], _tableId, _attempts,
                _runId);

        void Apply(long version, JsonElement action)
        {
            if (action.TryGetProperty("add", out var add))
            {
                var path = Uri.UnescapeDataString(Text(add, "path"));
                _files[path] = (_order++, ReadAdd(path, add));
            }
            else if (action.TryGetProperty("remove", out var remove))
            {
                _files.Remove(Uri.UnescapeDataString(Text(remove, "path")));
            }
            else if (action.TryGetProperty("metaData", out var metaData))
            {
                if (metaData.GetProperty("partitionColumns").GetArrayLength() > 0)
                {
                    throw Unknown("partition columns");
                }

                _tableId = Text(metaData, "id");
                _schema = TableSchema.FromDelta(Text(metaData, "schemaString"), name);
            }
            else if (action.TryGetProperty("protocol", out var protocol))
            {
                CheckProtocol(protocol);
            }
            else if (action.TryGetProperty("txn", out var txn))
            {
                _attempts[Text(txn, "appId")] = version;
            }
            else if (action.TryGetProperty("commitInfo", out var commit) && commit.ValueKind == JsonValueKind.Object
                && commit.TryGetProperty("runId", out var run) && run.ValueKind == JsonValueKind.String)
            {
                _runId = run.GetString();
            }
        }

        static string Text(JsonElement action, string name) => action.GetProperty(name).GetString()
            ?? throw new InvalidDataException($"'{name}' is null");

        static DataFile ReadAdd(string path, JsonElement add)
        {
            if (add.TryGetProperty("deletionVector", out var vector) && vector.ValueKind == JsonValueKind.Object)
            {
                throw Unknown("deletion vectors");
            }

            var statistics = add.TryGetProperty("stats", out var stats) && stats.ValueKind == JsonValueKind.String
                ? stats.GetString()! : "{}";
            using var parsed = JsonDocument.Parse(statistics);
            var rows = parsed.RootElement.TryGetProperty("numRecords", out var count) ? count.GetInt64() : 0;
            var hasTags = add.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Object;
            return new DataFile(
                path, add.GetProperty("size").GetInt64(), rows, Tag("millrace.sha256") ?? "", statistics,
                Tag("millrace.objects"));

            string? Tag(string key) => hasTags && tags.TryGetProperty(key, out var tag) ? tag.GetString() : null;
        }

        static void CheckProtocol(JsonElement protocol)
        {
            var reader = protocol.GetProperty("minReaderVersion").GetInt32();
            var writer = protocol.GetProperty("minWriterVersion").GetInt32();
            if (reader > MaxReaderVersion || writer > MaxWriterVersion)
            {
                var features = FeatureLists
                    .Where(name => protocol.TryGetProperty(name, out _))
                    .SelectMany(name => protocol.GetProperty(name).EnumerateArray())
                    .Select(feature => feature.GetString()).Distinct().ToList();
                throw Unknown($"reader version {reader} and writer version {writer}"
                    + (features.Count > 0 ? ": " + string.Join(", ", features) : ""));
            }
        }

        static MillraceException Unknown(string feature) => new(
            ErrorKind.Invalid, "table-feature-unknown", $"The table uses a feature that can't be read yet: {feature}.",
            "Read it with an engine that knows the feature, or write a copy without it.");
    }
}
