namespace Millrace.Pipelines;

/// <summary>A row that is handed to a mapping function.</summary>
public sealed class Row
{
    readonly IReadOnlyDictionary<string, object?> _values;

    internal Row(IReadOnlyDictionary<string, object?> values) => _values = values;

    /// <summary>A whole number; throws when it is null.</summary>
    public long Int64(string column) => Convert.ToInt64(_values[column]);

    /// <summary>A number; throws when it is null.</summary>
    public double Double(string column) => Convert.ToDouble(_values[column]);

    /// <summary>A text; throws when it is null.</summary>
    public string Text(string column) => (string)_values[column]!;

    public bool IsNull(string column) => _values[column] is null;
}
