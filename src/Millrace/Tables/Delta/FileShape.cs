namespace Millrace.Tables.Delta;

/// <summary>Data files whose columns are found under the same names, and the SQL that gives them the names that the
/// table has.</summary>
/// <param name="files">The files.</param>
/// <param name="columns">The columns of the table that are in files.</param>
/// <param name="nameInFiles">The name of a column or field in the files; null when they don't have it.</param>
sealed class FileShape(
    IReadOnlyList<PlacedFile> files, IReadOnlyList<TableColumn> columns, Func<TableColumn, string?> nameInFiles)
{
    /// <summary>Stands for no column at all.</summary>
    public const string NoColumn = "'': {name: 'none', type: 'INTEGER', default_value: null}";

    // No name of a data column, so that the file's own number and its rows' are never hidden by one.
    const string AliasPrefix = "c";

    readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);

    public IReadOnlyList<PlacedFile> Files => files;

    /// <summary>Whether the columns are taken as the files' footers declare them.</summary>
    public bool IsDeclared { get; private set; }

    /// <summary>Takes columns from the footers, if all of the files have them as the table has.</summary>
    public void Look(SqlSession session) => IsDeclared = DeclaredFiles.Have(
        session, files,
        [.. columns.Select(column => (Name: InFiles(column)!, Type: FileType(column.DataType)))
            .Where(column => column.Name is not null)]);

    /// <summary>The columns as <c>read_parquet</c> takes them.</summary>
    public IEnumerable<string> Definitions()
    {
        foreach (var column in columns)
        {
            if (InFiles(column) is { } name)
            {
                yield return $"{SqlName.Text(name)}: {{name: {SqlName.Text(Alias(column))}, "
                    + $"type: {SqlName.Text(FileType(column.DataType))}, default_value: null}}";
            }
        }
    }

    /// <summary>The value of a column.</summary>
    public string Sql(TableColumn column) => InFiles(column) is null
        ? $"cast(null as {column.SqlType})"
        : new FieldRename(FieldInFiles, (field, _) => field.Name).Sql(Alias(column), column.DataType);

    string? InFiles(TableColumn column) => column.DataType is PrimitiveType { Name: "void" } ? null
        : nameInFiles(column);

    string Alias(TableColumn column)
    {
        if (IsDeclared)
            return SqlName.Quote(InFiles(column)!);
        if (!_aliases.TryGetValue(column.Name, out var alias))
        {
            _aliases[column.Name] = alias = $"{AliasPrefix}{_aliases.Count}";
        }

        return alias;
    }

    /// <summary>The type with the names that the files have. A field that they don't have keeps a name that none has,
    /// and so becomes null.</summary>
    string FileType(DeltaType type) => type switch
    {
        ArrayType array => FileType(array.Element) + "[]",
        MapType map => $"MAP({FileType(map.Key)}, {FileType(map.Value)})",
        StructType nested => $"STRUCT({string.Join(", ", nested.Fields.Select(
            (field, i) => $"{SqlName.Quote(FieldInFiles(field, i))} {FileType(field.DataType)}"))})",
        _ => type.Sql,
    };

    string FieldInFiles(TableColumn field, int index) => InFiles(field) ?? $"\u0001{index}";
}
