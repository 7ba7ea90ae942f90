using Millrace.Lineage;

namespace Millrace.Tables.Frames;

/// <summary>Rows into tables of the workspace.</summary>
public sealed partial class Frame
{
    /// <summary>Writes the rows to a table as its next version, with the versions that they came from as its lineage.
    /// Nothing is visible before all is.</summary>
    /// <param name="table">The table's name; it is made when it is not there.</param>
    /// <param name="mode">Whether the rows come in the place of those that are there.</param>
    /// <param name="keyColumns">Rows are ordered by them and must be unique in them; null for none.</param>
    /// <param name="cancellationToken">Interrupts the query; once the rows are written they are published.</param>
    /// <exception cref="MillraceException">Faults of the frame; <c>frame-without-workspace</c>, <c>table-name</c>,
    /// <c>duplicate-key</c>, <c>key-missing</c>, <c>schema-mismatch</c>, <c>type-unsupported</c>, <c>sql-failed</c>,
    /// <c>disk-full</c>.</exception>
    public async Task<ThingVersion> WriteAsync(
        string table,
        TableMode mode = TableMode.Overwrite,
        IReadOnlyList<string>? keyColumns = null,
        CancellationToken cancellationToken = default)
    {
        SqlName.CheckTable(table);
        var tables = Engine.Tables ?? throw new MillraceException(
            ErrorKind.Invalid, "frame-without-workspace",
            $"The frame belongs to no workspace, so it can't be written to table '{table}'.",
            "Make it with 'workspace.Tables.Frames', or write a file with WriteParquetAsync.");
        var sql = ToSql();
        var inputs = await InputsAsync(tables, cancellationToken).ConfigureAwait(false);
        var engines = await EnginesAsync(cancellationToken).ConfigureAwait(false);
        return await tables.WriteRowsAsync(
            "frame", table, sql, inputs, engines,
            stage => StageAsync(stage, table, mode, keyColumns, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Writes the rows to a task's stage; the task publishes them: <c>context.Publish(await
    /// frame.StageAsync(context.Stage, "photos"))</c>. One thread, so that the same rows give the same bytes.</summary>
    public Task<StagedTable> StageAsync(
        TableStage stage,
        string table,
        TableMode mode = TableMode.Overwrite,
        IReadOnlyList<string>? keyColumns = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return WithSessionAsync(
            (session, sql) => stage.Write(
                session, table, mode, sql, keyColumns ?? [], cancellationToken: cancellationToken),
            threads: 1, cancellationToken);
    }

    /// <summary>What the rows come from, each once.</summary>
    internal async Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken)
    {
        var inputs = new List<PublicationInput>();
        foreach (var (source, _) in Query().Sources)
            inputs.AddRange(await source.InputsAsync(tables, cancellationToken).ConfigureAwait(false));
        return [.. inputs.DistinctBy(input => (input.VersionId, input.External?.Name, input.External?.Hash))];
    }

    /// <summary>The engines that compute rows of it, and what they are asked.</summary>
    internal async Task<IReadOnlyList<(string Engine, string Sql)>> EnginesAsync(CancellationToken cancellationToken)
    {
        var engines = new List<(string Engine, string Sql)>();
        foreach (var (source, _) in Query().Sources)
        {
            if (await source.RanOnAsync(cancellationToken).ConfigureAwait(false) is { } engine)
                engines.Add(engine);
        }

        return engines;
    }
}
