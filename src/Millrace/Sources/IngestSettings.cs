using System.Text;
using Millrace.Objects;
using Millrace.Tables;

namespace Millrace.Sources;

/// <summary>What to take into a table, and how.</summary>
public sealed record IngestSettings
{
    /// <summary>The table that the rows go to.</summary>
    public required string Table { get; init; }

    /// <summary>Paths, patterns with <c>*</c>, <c>?</c> and <c>**</c>, <c>s3://bucket/key</c>, or <c>-</c> for standard
    /// input.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    public SourceFormat Format { get; init; }

    /// <summary>When the sources are folders or files that become objects: of what kind. The table then has a row for
    /// each file.</summary>
    public FileKind Kind { get; init; }

    public TableMode Mode { get; init; } = TableMode.Append;

    /// <summary>Columns that tell rows apart: rows take the place of those of the same key. Empty adds all rows.
    /// </summary>
    public IReadOnlyList<string> KeyColumns { get; init; } = [];

    public DriftPolicy OnDrift { get; init; } = DriftPolicy.Fail;

    /// <summary>Whether to find schema and counts only.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether to add an input that the table holds already.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>For CSV: what stands between fields; null to find out.</summary>
    public char? Delimiter { get; init; }

    /// <summary>For CSV: what stands around fields; null when nothing does.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>For CSV: whether the first line has the columns' names; null to find out.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>For CSV: texts that stand for no value, beside the empty one.</summary>
    public IReadOnlyList<string> Nulls { get; init; } = [];

    /// <summary>Columns whose type is given, by name: Delta's names of types. Values that do not fit go to the
    /// quarantine.</summary>
    public IReadOnlyDictionary<string, string> Types { get; init; } = new Dictionary<string, string>();

    /// <summary>For <see cref="SourceFormat.Regex"/>: the expression; its named groups are the columns.</summary>
    public string? Pattern { get; init; }

    /// <summary>What texts are written in; null for UTF-8.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>How many records may go to the quarantine before nothing is added; null for any number.</summary>
    public QuarantineLimit? MaxQuarantined { get; init; }

    /// <summary>For Excel: the sheet's name; null is the first one.</summary>
    public string? Sheet { get; init; }

    /// <summary>How an S3 service is reached; its address is not looked at.</summary>
    public RemoteSettings Service { get; init; } = new() { Url = "" };

    /// <summary>What <c>-</c> reads from.</summary>
    public Func<Stream>? OpenInput { get; init; }

    /// <summary>How many cores to use; the rows and files do not depend on it.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Longer records go to the quarantine.</summary>
    public int MaxRecordBytes { get; init; } = 64 << 20;
}
