using System.Text.Json.Serialization;

namespace Millrace.Tables.Checks;

/// <summary>Something that must hold before a version of a table is published. <see cref="Check"/> makes them.
/// </summary>
public sealed record CheckRule
{
    public required CheckKind Kind { get; init; }

    /// <summary>The columns that it is about.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The types of <see cref="Columns"/>, in the same order; Delta's words or SQL's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The least that is allowed, as text; null for no bound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Min { get; init; }

    /// <summary>The most that is allowed, as text; null for no bound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Max { get; init; }

    /// <summary>The share of the rows that must hold, from 0 to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>The values that are allowed, as texts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>A regular expression of RE2, found anywhere in the value unless it has <c>^</c> and <c>$</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pattern { get; init; }

    /// <summary>The other table.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Table { get; init; }

    /// <summary>Its columns, one for each of <see cref="Columns"/>; null for those of the same names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? TableColumns { get; init; }

    /// <summary>How old the newest time may be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimeSpan? Within { get; init; }

    /// <summary>Which quantile, from 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? At { get; init; }

    /// <summary>The condition or the query.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sql { get; init; }

    /// <summary>The greatest Jensen-Shannon divergence, in bits, from 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? JensenShannon { get; init; }

    /// <summary>The greatest difference of the share of any value or bin, from 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LInfinity { get; init; }

    /// <summary>The version of the table to compare with; null for the one before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }

    /// <summary>SQL: only rows of this condition are looked at; null for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Where { get; init; }

    /// <summary>Which rows are looked at; null for what is usual for the kind: all rows of the table for
    /// <c>unique</c>, <c>row-count</c>, <c>freshness</c> and <c>sql</c>, the new ones for the others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CheckScope? Scope { get; init; }

    public CheckSeverity Severity { get; init; } = CheckSeverity.Fail;

    /// <summary>What it is called; null for its kind and its columns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>What it is called in messages.</summary>
    [JsonIgnore]
    public string Label => Name ?? string.Join(' ', CheckSpec.Of(Kind).Word, string.Join(", ", Columns)).TrimEnd();

    /// <summary>The rows that it looks at.</summary>
    [JsonIgnore]
    internal CheckScope Rows => Scope
        ?? (Kind is CheckKind.Unique or CheckKind.RowCount or CheckKind.Freshness or CheckKind.Sql
            ? CheckScope.Table : CheckScope.New);
}
