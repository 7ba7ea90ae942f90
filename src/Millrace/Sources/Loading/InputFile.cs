using Millrace.Sources.Reading;

namespace Millrace.Sources.Loading;

/// <summary>An input as a plain file on this machine, looked through once: its hash is known, and places where records
/// most likely begin.</summary>
/// <param name="Name">What it is called in tables and lineage.</param>
/// <param name="Path">Where its plain bytes are.</param>
/// <param name="Hash">SHA-256 of its bytes as they came.</param>
/// <param name="SizeBytes">Bytes as they came.</param>
/// <param name="Length">Bytes of the plain file.</param>
/// <param name="ChangedAt">The plain file's time of change in nanoseconds since 1970, by which a change while it is
/// read is noticed.</param>
/// <param name="Marks">Places behind a line's end, every few megabytes.</param>
sealed record InputFile(
    string Name,
    string Path,
    string Hash,
    long SizeBytes,
    long Length,
    long ChangedAt,
    FileMarks Marks)
{
    /// <summary>How the plain file is read.</summary>
    public SourceFormat Format { get; set; }

    /// <summary>How the input was written.</summary>
    public SourceFormat Origin { get; set; }

    public CsvDialect Dialect { get; set; } = CsvDialect.Comma;

    /// <summary>Where the first record begins: behind a byte order mark and the header.</summary>
    public long Start { get; set; }

    /// <summary>Lines before the first record.</summary>
    public long LinesBefore { get; set; }

    /// <summary>For formats with a fixed set of columns: their names in order.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <exception cref="MillraceException"><c>source-changed</c>.</exception>
    public void CheckUnchanged()
    {
        if (!SourceStatus.TryOf(Path, out var now, out _) || now.SizeBytes != Length || now.ModifiedAt != ChangedAt)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "source-changed", $"'{Name}' was changed while it was read.",
                "Wait until whoever writes it is done, then run the same command again. Nothing was added.");
        }
    }

    /// <summary>Inputs are told apart by themselves, not by what they hold.</summary>
    public bool Equals(InputFile? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
