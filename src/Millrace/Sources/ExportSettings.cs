using Millrace.Objects;

namespace Millrace.Sources;

/// <summary>What to write out of a table, and how.</summary>
public sealed record ExportSettings
{
    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>A version of the table as <c>vN</c>, a ref or 8 hex digits; null is the newest.</summary>
    public string? Version { get; init; }

    /// <summary>A path, <c>s3://bucket/key</c>, or <c>-</c> for standard output; or a table of a database as
    /// <c>sqlite:FILE#table</c> or <c>postgres://user@host/database/table</c>, which is made when it is not there.
    /// </summary>
    public required string Target { get; init; }

    /// <summary>By the target's ending when <see cref="SourceFormat.Auto"/>.</summary>
    public SourceFormat Format { get; init; }

    /// <summary>The columns to write, in order; empty is all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>For a database: columns with a unique constraint; rows take the place of those of the same key. Empty
    /// adds rows.</summary>
    public IReadOnlyList<string> KeyColumns { get; init; } = [];

    /// <summary>Whether a file that is there may be replaced, or all rows of a database's table are.</summary>
    public bool Replaces { get; init; }

    /// <summary>How an S3 service is reached; its address is not looked at.</summary>
    public RemoteSettings Service { get; init; } = new() { Url = "" };

    /// <summary>What <c>-</c> writes to.</summary>
    public Func<Stream>? OpenOutput { get; init; }
}
