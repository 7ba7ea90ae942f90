using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Millrace.Pipelines;
using Millrace.Sources.Databases;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>Takes rows of a database into a table, each row once.</summary>
public static class DatabaseExtract
{
    /// <summary>Adds a task that appends the rows which the table does not have yet.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="table">The table that is appended to; also the task's name.</param>
    /// <param name="settings">What to take.</param>
    public static TaskOutput Extract(this Pipeline pipeline, string table, ExtractSettings settings)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(settings);
        return pipeline.Add(new TaskDefinition
        {
            Name = table,
            Title = $"extract new rows of {settings.Database.Name}",
            Version = "extract/1",
            Parameters = new Dictionary<string, string>
            {
                ["table"] = settings.Table,
                ["until"] = settings.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                ["columns"] = string.Join(',', settings.Columns),
                ["cursor"] = settings.Cursor,
            },
            Outputs = [new OutputDefinition("table", SqlName.CheckTable(table), [settings.Key], IsIncremental: true)],
            Probe = _ => Task.FromResult<IReadOnlyList<ExternalVersion>>([Probe(settings)]),
            Body = (context, cancellationToken) =>
            {
                Load(context, table, settings, cancellationToken);
                return Task.CompletedTask;
            },
        })[0];
    }

    /// <summary>What tells that the source has changed: how many rows there are before the bound, and how far they
    /// reach.</summary>
    static ExternalVersion Probe(ExtractSettings settings) => settings.Database.Read(connection =>
    {
        CheckColumns(connection, settings);
        using var command = connection.CreateCommand();
        var cursor = settings.Database.TimeExpression(settings.Cursor);
        command.CommandText =
            $"select count(*), min({cursor}), max({cursor}) from {settings.Database.Quote(settings.Table)} "
            + $"where {cursor} is null or {cursor} < @until";
        Add(command, "until", settings.Database.TimeValue(settings.Until));
        using var reader = command.ExecuteReader();
        reader.Read();
        var rows = reader.GetInt64(0);
        var oldest = Text(reader, 1);
        var newest = Text(reader, 2);
        var name = $"{settings.Database.Name}/{settings.Table}";
        var identity = $"millrace source 1\n{name}\n{string.Join(',', settings.Columns)}\n{rows}\n{oldest}\n{newest}\n";
        return new ExternalVersion(
            "source", name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity))),
            new JsonObject
            {
                ["rows"] = rows,
                ["oldest"] = oldest,
                ["newest"] = newest,
                ["until"] = settings.Until.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            }.ToJsonString());
    });

    static void Load(TaskContext context, string table, ExtractSettings settings, CancellationToken cancellationToken)
    {
        using var session = context.OpenSql();
        var previous = context.Previous(table);
        // A row with the very time of the newest one may have come later, so the bound is inclusive and the key
        // decides.
        var from = previous is null || previous.RowCount == 0 ? null : session.Value<DateTime?>(
            $"select max({SqlName.Quote(settings.Cursor)}) from {SqlName.Quote(table + "$previous")}");
        settings.Database.Read(connection =>
        {
            CheckColumns(connection, settings);
            CheckFilled(connection, settings);
            return 0;
        });
        var cursor = settings.Database.TimeExpression(settings.Cursor);
        var where = $"{cursor} < {Literal(settings, settings.Until)}" + (from is { } time
            ? $" and {cursor} >= {Literal(settings, new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)))}"
            : "");
        using var source = DatabaseSession.Open(settings.Database, cancellationToken);
        var (reader, columns) = source.Extract(settings, where, cancellationToken);
        using var found = reader;
        var rows = new ExtractRows(found, columns, settings, context, cancellationToken).Load(session, "extracted");
        var query = previous is null
            ? "select * from extracted"
            : $"select * from extracted anti join {SqlName.Quote(table + "$previous")} "
                + $"using ({SqlName.Quote(settings.Key)})";
        context.Publish(
            context.Stage.Write(
                session, table, TableMode.Append, query, [settings.Key], cancellationToken: cancellationToken),
            new JsonObject { ["rowsRead"] = rows }.ToJsonString());
    }

    static string Literal(ExtractSettings settings, DateTimeOffset time) => settings.Database.IsPostgres
        ? $"timestamptz {SqlName.Text(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))}"
        : SqlName.Text((string)settings.Database.TimeValue(time));

    // A row without a time that can be read would be before no bound and after none: never loaded, and never missed.
    // One without a key could not be told from others.
    static void CheckFilled(DbConnection connection, ExtractSettings settings)
    {
        using var command = connection.CreateCommand();
        var key = SourceDatabase.Quoted(settings.Key);
        command.CommandText =
            $"select {key}, {SourceDatabase.Quoted(settings.Cursor)} from {settings.Database.Quote(settings.Table)} "
            + $"where {settings.Database.TimeExpression(settings.Cursor)} is null or {key} is null "
            + $"order by {key} limit 1";
        using var reader = command.ExecuteReader();
        if (reader.Read())
        {
            var isKey = reader.IsDBNull(0);
            throw SourceValue.Wrong(
                settings, $"{reader.GetValue(0)}", isKey ? settings.Key : settings.Cursor,
                isKey || reader.IsDBNull(1) ? "empty" : $"'{reader.GetValue(1)}'", isKey ? "key" : "timestamp");
        }
    }

    static void CheckColumns(DbConnection connection, ExtractSettings settings)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"select * from {settings.Database.Quote(settings.Table)} where 1 = 0";
        using var reader = command.ExecuteReader();
        var there = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToList();
        var missing = settings.Columns.Where(column => !there.Contains(column)).ToList();
        if (missing.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-column-missing",
                $"Table '{settings.Table}' of '{settings.Database.Name}' has no column "
                + $"'{string.Join("', '", missing)}'; it has {string.Join(", ", there)}.",
                "Put the column back, or leave it out of the pipeline's list of columns. Nothing was loaded.");
        }
    }

    static string? Text(DbDataReader reader, int index) => reader.IsDBNull(index) ? null
        : reader.GetValue(index) is DateTime time
            ? time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
            : Convert.ToString(reader.GetValue(index), CultureInfo.InvariantCulture);

    static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
