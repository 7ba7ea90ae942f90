namespace Millrace.Tables.Profiles;

/// <summary>The rows that are profiled: of a table, or of files. The family is closed.</summary>
abstract class ProfileSource
{
    public const string FileColumn = "millrace_file";
    public const string RowColumn = "millrace_row";

    public abstract string Name { get; }

    public abstract int FileCount { get; }

    public abstract long SizeBytes { get; }

    /// <summary>Whether <see cref="Prepare"/> has to read the rows before anything is known of them.</summary>
    public virtual bool IsText => false;

    /// <summary>Makes the rows readable at random.</summary>
    public virtual void Prepare(SqlSession session, CancellationToken cancellationToken)
    {
    }

    /// <summary>All columns, by their names in the data and their types; asked for after <see cref="Prepare"/>.
    /// </summary>
    public abstract IReadOnlyList<(string Name, string Type, string SqlType)> Columns(SqlSession session);

    /// <summary>A query of the rows: the columns, and where each row is as <see cref="FileColumn"/> and
    /// <see cref="RowColumn"/>.</summary>
    public abstract string RowsSql(SqlSession session);

    /// <summary>What is written down about all rows, beside them; null when nobody did.</summary>
    public abstract long? RowCount(SqlSession session);

    /// <summary>What is written down about some columns.</summary>
    public abstract IReadOnlyList<ColumnProfile> First(SqlSession session, IReadOnlyList<ProfiledColumn> columns);

    /// <summary>A column of which nothing more is known.</summary>
    protected static ColumnProfile Unknown(ProfiledColumn column) =>
        new() { Name = column.Name, Type = column.Type, Kind = column.Kind };
}
