using System.Data;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Millrace.Tables.Delta;

/// <summary>Reads a checkpoint: Parquet through DuckDB in columns, JSON by lines, and the sidecars that it names. Delta
/// protocol, "Checkpoints" and "Checkpoint Schema".</summary>
/// <remarks>The slowest part is making texts of the paths and statistics: about a microsecond a file. So the columns of
/// <c>add</c> are read one by one, and what is rare in them (values of partitions, tags) as JSON that is null where
/// empty; equal values of partitions share one map.</remarks>
sealed class CheckpointReader : IDisposable
{
    const string Sidecars = LogListing.Folder + "/_sidecars";

    const string HashKey = "millrace.sha256";
    const string HashTag = $"{{\"{HashKey}\":\"";
    const int HashTagLength = 64 + 22;

    // Actions of which there are few; their columns go through the same code as those of entries.
    static readonly string[] FewOf = ["metaData", "protocol", "txn", "domainMetadata", "sidecar"];

    readonly ITableFiles _files;
    readonly string _table;
    readonly DuckDBConnection _connection = new("Data Source=:memory:");
    readonly Dictionary<string, IReadOnlyDictionary<string, string?>> _maps = new(StringComparer.Ordinal);

    CheckpointReader(ITableFiles files, string table)
    {
        _files = files;
        _table = table;
        _connection.Open();
    }

    /// <summary>Plays a checkpoint into an empty state.</summary>
    /// <exception cref="MillraceException"><c>table-checkpoint-damaged</c>: it can't be read, so that another way to
    /// the same version may be tried.</exception>
    public static void Read(ITableFiles files, string table, CheckpointFiles checkpoint, LogReplay into)
    {
        try
        {
            using var reader = new CheckpointReader(files, table);
            reader.Read(checkpoint, into);
        }
        catch (Exception exception)
            when (exception is DuckDBException or IOException || ActionReader.IsDamage(exception)
                || exception is MillraceException { Code: "table-log-damaged" })
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-checkpoint-damaged",
                $"Checkpoint '{files.Address($"{LogListing.Folder}/{checkpoint.Names[0]}")}' of table '{table}' "
                + $"can't be read: {FirstLine(exception.Message)}",
                "Restore that file from a copy.", exception);
        }
    }

    public void Dispose() => _connection.Dispose();

    void Read(CheckpointFiles checkpoint, LogReplay into)
    {
        Run("set timezone = 'UTC'; set autoinstall_known_extensions = false; set autoload_known_extensions = false");
        List<string> paths = [.. checkpoint.Names.Select(name => $"{LogListing.Folder}/{name}")];
        var actions = checkpoint.IsJson ? ReadJson(paths[0]) : ReadFew(paths);
        into.Apply(actions, LogReplay.BeforeCheckpoint);
        if (!checkpoint.IsJson)
        {
            ReadFiles(paths, into);
        }

        if (actions.Sidecars.Count > 0)
        {
            ReadFiles([.. actions.Sidecars.Select(name => $"{Sidecars}/{name}")], into);
        }
    }

    DeltaActions ReadJson(string path)
    {
        var actions = new DeltaActions();
        var reader = new ActionReader(_table, _files.Place, isCheckpoint: true);
        EntryLines.Read(_files, _table, path, line =>
        {
            reader.Read(line, actions);
            return true;
        });
        return actions;
    }

    DeltaActions ReadFew(IReadOnlyList<string> paths)
    {
        var actions = new DeltaActions();
        var reader = new ActionReader(_table, _files.Place, isCheckpoint: true);
        var source = Source(paths);
        var columns = Names($"select * from {source}");
        foreach (var action in FewOf.Where(columns.Contains))
        {
            var name = SqlName.Quote(action);
            foreach (var json in Texts(
                $"select cast(to_json({name}) as varchar) from {source} where {name} is not null"))
            {
                using var document = JsonDocument.Parse($"{{\"{action}\":{json}}}");
                reader.Read(document.RootElement, actions);
            }
        }

        return actions;
    }

    void ReadFiles(IReadOnlyList<string> paths, LogReplay into)
    {
        var source = Source(paths);
        var columns = Names($"select * from {source}");
        if (into.KeepsRemoved && columns.Contains("remove"))
        {
            ReadRemoved(source, Names($"select unnest(remove) from {source}"), into);
        }

        if (columns.Contains("add"))
        {
            ReadAdded(source, Names($"select unnest(\"add\") from {source}"), into);
        }
    }

    void ReadAdded(string source, HashSet<string> fields, LogReplay into)
    {
        var statistics = fields.Contains("stats") && fields.Contains("stats_parsed")
                ? "coalesce(\"add\".stats, cast(to_json(\"add\".stats_parsed) as varchar))"
            : fields.Contains("stats") ? "\"add\".stats"
            : fields.Contains("stats_parsed") ? "cast(to_json(\"add\".stats_parsed) as varchar)" : "null";
        var query =
            $"select {Field("path", "varchar")}, {Field("size", "bigint")}, {Field("modificationTime", "bigint")}, "
            + $"{statistics}, {Map("partitionValues")}, {Map("tags")}, {Vector("add", fields)}, "
            + $"{Field("baseRowId", "bigint")}, {Field("defaultRowCommitVersion", "bigint")}, "
            + $"{Field("clusteringProvider", "varchar")} from {source} where \"add\".path is not null";
        Rows(query, reader => into.Add(Added(reader)));

        string Field(string name, string type) => fields.Contains(name)
            ? $"cast(\"add\".{SqlName.Quote(name)} as {type})" : "null";

        string Map(string name) => fields.Contains(name) ? Json("add", name) : "null";
    }

    DataFile Added(DuckDBDataReader row)
    {
        var uri = row.GetString(0);
        var path = DeltaPath.Decode(uri, _files.Place);
        var tags = row.IsDBNull(5) ? null : ReadTags(row.GetString(5));
        return new DataFile(
            path, row.GetInt64(1), DataFile.UnknownRowCount,
            tags?.GetValueOrDefault("millrace.sha256") ?? "", row.IsDBNull(3) ? "{}" : row.GetString(3),
            tags?.GetValueOrDefault("millrace.objects"))
        {
            LogPath = DeltaPath.Kept(uri, path),
            ModificationTime = row.IsDBNull(2) ? 0 : row.GetInt64(2),
            PartitionValues = Shared(row, 4),
            Tags = JsonMap.WithoutNulls(tags),
            DeletionVector = ReadVector(row, 6),
            BaseRowId = row.IsDBNull(11) ? null : row.GetInt64(11),
            DefaultRowCommitVersion = row.IsDBNull(12) ? null : row.GetInt64(12),
            ClusteringProvider = row.IsDBNull(13) ? null : row.GetString(13),
        };
    }

    // Nearly every file of ours has this tag and no other.
    static IReadOnlyDictionary<string, string?> ReadTags(string json) =>
        json.Length == HashTagLength && json.StartsWith(HashTag, StringComparison.Ordinal)
            ? new Dictionary<string, string?>(1) { [HashKey] = json[HashTag.Length..^2] } : JsonMap.Parse(json);

    void ReadRemoved(string source, HashSet<string> fields, LogReplay into)
    {
        var query =
            $"select {Field("path", "varchar")}, {Field("deletionTimestamp", "bigint")}, "
            + $"{Field("dataChange", "boolean")}, {Field("size", "bigint")}, "
            + $"{(fields.Contains("partitionValues") ? Json("remove", "partitionValues") : "null")}, "
            + $"{Vector("remove", fields)}, {Field("baseRowId", "bigint")}, "
            + $"{Field("defaultRowCommitVersion", "bigint")} from {source} where remove.path is not null";
        Rows(query, row => into.Remove(new RemovedFile(
            DeltaPath.Decode(row.GetString(0), _files.Place), ReadVector(row, 5),
            row.IsDBNull(1) ? null : row.GetInt64(1), row.IsDBNull(2) || row.GetBoolean(2))
        {
            LogPath = DeltaPath.Kept(row.GetString(0), DeltaPath.Decode(row.GetString(0), _files.Place)),
            SizeBytes = row.IsDBNull(3) ? null : row.GetInt64(3),
            PartitionValues = row.IsDBNull(4) ? null : Shared(row, 4),
            BaseRowId = row.IsDBNull(10) ? null : row.GetInt64(10),
            DefaultRowCommitVersion = row.IsDBNull(11) ? null : row.GetInt64(11),
        }));

        string Field(string name, string type) => fields.Contains(name)
            ? $"cast(remove.{SqlName.Quote(name)} as {type})" : "null";
    }

    static string Json(string owner, string name)
    {
        var map = $"{SqlName.Quote(owner)}.{SqlName.Quote(name)}";
        return $"case when cardinality({map}) > 0 then cast(to_json({map}) as varchar) end";
    }

    static string Vector(string owner, HashSet<string> fields)
    {
        var vector = $"{SqlName.Quote(owner)}.\"deletionVector\"";
        return fields.Contains("deletionVector")
            ? $"{vector}.\"storageType\", {vector}.\"pathOrInlineDv\", cast({vector}.\"offset\" as integer), "
                + $"cast({vector}.\"sizeInBytes\" as integer), cast({vector}.\"cardinality\" as bigint)"
            : "null, null, null, null, null";
    }

    static DeletionVector? ReadVector(DuckDBDataReader row, int first) => row.IsDBNull(first) ? null
        : new DeletionVector(
            row.GetString(first), row.GetString(first + 1), row.IsDBNull(first + 2) ? null : row.GetInt32(first + 2),
            row.GetInt32(first + 3), row.GetInt64(first + 4));

    IReadOnlyDictionary<string, string?> Shared(DuckDBDataReader row, int index)
    {
        if (row.IsDBNull(index))
        {
            return JsonMap.Empty;
        }

        var json = row.GetString(index);
        return _maps.TryGetValue(json, out var map) ? map : _maps[json] = JsonMap.Parse(json);
    }

    string Source(IReadOnlyList<string> paths) =>
        $"read_parquet([{string.Join(
            ", ", paths.Select(path => SqlName.Text(DataScan.Literal(_files.LocalPath(path)))))}], "
        + "union_by_name = true, hive_partitioning = false)";

    HashSet<string> Names(string query) =>
        new(Texts($"select column_name from (describe {query})"), StringComparer.Ordinal);

    List<string> Texts(string query)
    {
        var texts = new List<string>();
        Rows(query, row => texts.Add(row.GetString(0)));
        return texts;
    }

    void Rows(string query, Action<DuckDBDataReader> row)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = query;
        using var reader = (DuckDBDataReader)command.ExecuteReader(CommandBehavior.Default);
        while (reader.Read())
        {
            row(reader);
        }
    }

    void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    static string FirstLine(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
