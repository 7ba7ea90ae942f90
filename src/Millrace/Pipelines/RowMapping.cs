using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>Maps a function over the rows of a table, in shards, new rows only.</summary>
public static class RowMapping
{
    /// <summary>Adds a task that calls <paramref name="map"/> for each row of a table that the result does not have
    /// yet. Rows are dealt to shards by a hash of their key, so that a row's result does not depend on how many workers
    /// there are. A row for which the function throws a <see cref="MillraceException"/> of kind Invalid goes to
    /// <c>TABLE$quarantine</c> with the reason.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="table">The result; also the task's name.</param>
    /// <param name="rows">A table with a key of one column, a whole number or a text.</param>
    /// <param name="schema">How what the function gives becomes a row; it includes the key.</param>
    /// <param name="map">The function; it is called in the order of the key, from one thread of each worker.</param>
    /// <param name="title">For people.</param>
    /// <param name="files">Files that the function reads, such as a model: their content is part of the key.</param>
    /// <param name="shardCount">Part of the task's key.</param>
    public static TaskOutput Map<T>(
        this Pipeline pipeline,
        string table,
        TaskOutput rows,
        RowSchema<T> schema,
        Func<Row, TaskContext, Task<T>> map,
        string title = "",
        IReadOnlyList<string>? files = null,
        int shardCount = 8)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(rows);
        var quarantine = table + "$quarantine";
        return pipeline.Add(new TaskDefinition
        {
            Name = table,
            Title = title,
            Inputs = [rows],
            Outputs =
            [
                new OutputDefinition("table", table, rows.KeyColumns, IsIncremental: true),
                new OutputDefinition("table", quarantine, rows.KeyColumns, IsIncremental: true),
            ],
            ShardCount = shardCount,
            Probe = files is null ? null : cancellationToken => ProbeAsync(files, cancellationToken),
            Body = (context, cancellationToken) =>
                DoShardAsync(context, table, quarantine, rows, schema, map, cancellationToken),
        })[0];
    }

    static async Task<IReadOnlyList<ExternalVersion>> ProbeAsync(
        IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var found = new List<ExternalVersion>();
        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                throw new MillraceException(
                    ErrorKind.NotFound, "source-missing", $"The file '{file}', which a task reads, does not exist.",
                    "Correct the path in the pipeline's parameters.");
            }

            var hash = await ContentHash.OfFileAsync(file, cancellationToken).ConfigureAwait(false);
            found.Add(new ExternalVersion(
                "file", Path.GetFileName(file), hash.ToString(),
                new JsonObject { ["bytes"] = new FileInfo(file).Length }.ToJsonString()));
        }

        return found;
    }

    static async Task DoShardAsync<T>(
        TaskContext context,
        string table,
        string quarantine,
        TaskOutput rows,
        RowSchema<T> schema,
        Func<Row, TaskContext, Task<T>> map,
        CancellationToken cancellationToken)
    {
        using var session = context.OpenSql();
        var key = rows.KeyColumns[0];
        var quoted = SqlName.Quote(key);
        var done = string.Concat(new[] { table, quarantine }.Where(name => context.Previous(name) is not null).Select(
            name => $" anti join {SqlName.Quote(name + "$previous")} using ({quoted})"));
        var items = session.Rows(
            $"select * from {SqlName.Quote(rows.Name)}{done} "
            + $"where md5_number_lower(cast({quoted} as varchar)) % {context.ShardCount} = {context.ShardIndex} "
            + $"order by {quoted}",
            ReadRow);
        var good = new List<T>();
        var bad = new List<(Row Row, string Reason)>();
        for (var i = 0; i < items.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                good.Add(await map(items[i], context).ConfigureAwait(false));
            }
            catch (MillraceException exception) when (exception.Kind == ErrorKind.Invalid)
            {
                bad.Add((items[i], exception.Message));
            }

            context.Report(i + 1, items.Count, "rows");
        }

        schema.Load(session, "good", good);
        var isTextKey = context.Table(rows.Name).Schema.Find(key)!.Type == "string";
        Publish(context, session, table, quarantine, key, isTextKey, bad, cancellationToken);
    }

    static void Publish(
        TaskContext context,
        SqlSession session,
        string table,
        string quarantine,
        string key,
        bool isTextKey,
        List<(Row Row, string Reason)> bad,
        CancellationToken cancellationToken)
    {
        var part = context.ShardIndex.ToString();
        var keys = new RowSchema<(Row Row, string Reason)>();
        keys = isTextKey
            ? keys.Text(key, item => item.Row.Text(key)) : keys.Int64(key, item => item.Row.Int64(key));
        keys = keys.Text("reason", item => item.Reason);
        keys.Load(session, "bad", bad);
        var summary = new JsonObject { ["shards"] = context.ShardCount }.ToJsonString();
        context.Publish(
            context.Stage.Write(session, table, TableMode.Append, "select * from good", [key], part: part,
                cancellationToken: cancellationToken), summary);
        context.Publish(
            context.Stage.Write(session, quarantine, TableMode.Append, "select * from bad", [key], part: part,
                cancellationToken: cancellationToken), summary);
        foreach (var (row, reason) in bad.Take(3))
        {
            context.Warn($"{key} {(isTextKey ? row.Text(key) : row.Int64(key))} is in '{quarantine}': {reason}");
        }
    }

    static Row ReadRow(DuckDBDataReader reader)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            values[reader.GetName(i)] = SqlValue.Read(reader, i);
        }

        return new Row(values);
    }
}
