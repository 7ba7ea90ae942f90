using System.Text.Json.Serialization;
using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>A column of a table, or a field of a struct in one.</summary>
[JsonConverter(typeof(TableColumnConverter))]
public sealed record TableColumn
{
    internal const string NoMetadata = "{}";

    /// <param name="name">As the data has it.</param>
    /// <param name="type">The Delta type as text: <c>long</c>, <c>double</c>, <c>string</c>, <c>timestamp</c>, …,
    /// <c>decimal(p,s)</c>, or <c>array&lt;T&gt;</c> of one of these.</param>
    /// <exception cref="MillraceException"><c>type-unsupported</c>.</exception>
    public TableColumn(string name, string type)
        : this(name, DeltaType.Parse(type))
    {
    }

    /// <param name="name">As the data has it.</param>
    /// <param name="dataType">The Delta type.</param>
    public TableColumn(string name, DeltaType dataType)
    {
        Name = name;
        DataType = dataType;
    }

    public string Name { get; init; }

    public DeltaType DataType { get; init; }

    /// <summary>Whether a value may be missing.</summary>
    public bool IsNullable { get; init; } = true;

    /// <summary>What the log says about the column: a JSON object as it was written, such as
    /// <c>{"comment":"in metres"}</c>.</summary>
    public string Metadata { get; init; } = NoMetadata;

    /// <summary>The type for people: <c>long</c>, <c>array&lt;float&gt;</c>, <c>struct&lt;x:long&gt;</c>.</summary>
    public string Type => DataType.ToString();

    /// <summary>The type as DuckDB names it.</summary>
    public string SqlType => DataType.Sql;
}
