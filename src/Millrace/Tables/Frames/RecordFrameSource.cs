namespace Millrace.Tables.Frames;

/// <summary>Records of the program, kept as they were when the frame was made.</summary>
sealed class RecordFrameSource<T>(IReadOnlyList<T> records, RowSchema<T> schema) : FrameSource
{
    public override string Name => "records";

    public override string Label => $"Records of {typeof(T).Name} ({records.Count:N0} rows)";

    public override Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken)
    {
        schema.Load(session, view, records);
        return Task.CompletedTask;
    }

    protected override IReadOnlyList<FrameColumn> Describe() =>
        [.. schema.Schema.Columns.Select(column => new FrameColumn(column.Name, column.SqlType))];
}
