namespace Millrace.Tables.Delta;

/// <summary>What a reader and a writer of a table must know. Delta protocol, "Protocol Evolution" and "Table
/// Features".</summary>
/// <param name="MinReaderVersion">1 to 3.</param>
/// <param name="MinWriterVersion">1 to 7.</param>
/// <param name="ReaderFeatures">Null below reader version 3.</param>
/// <param name="WriterFeatures">Null below writer version 7.</param>
public sealed record DeltaProtocol(
    int MinReaderVersion,
    int MinWriterVersion,
    IReadOnlyList<string>? ReaderFeatures,
    IReadOnlyList<string>? WriterFeatures)
{
    const int MaxReaderVersion = 3;
    const int FeatureReaderVersion = 3;
    const int FeatureWriterVersion = 7;

    static readonly HashSet<string> Readable = new(StringComparer.Ordinal)
    {
        "columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint",
        "vacuumProtocolCheck",
    };

    // What a writer version below 7 asks for, first to last.
    static readonly (int Version, string[] Features)[] LegacyWriter =
    [
        (2, ["appendOnly", "invariants"]),
        (3, ["checkConstraints"]),
        (4, ["changeDataFeed", "generatedColumns"]),
        (5, ["columnMapping"]),
        (6, ["identityColumns"]),
    ];

    /// <summary>What a table of ours has when it needs nothing more.</summary>
    public static DeltaProtocol Basic { get; } = new(1, 2, null, null);

    /// <summary>The features that a writer must know, by name, also those that a version below 7 stands for.</summary>
    public IReadOnlyList<string> NeededToWrite => MinWriterVersion >= FeatureWriterVersion
        ? WriterFeatures ?? []
        : [.. LegacyWriter.Where(step => step.Version <= MinWriterVersion).SelectMany(step => step.Features)];

    /// <summary>Whether readers have to know a feature.</summary>
    public bool Reads(string feature) => MinReaderVersion >= FeatureReaderVersion
        ? ReaderFeatures?.Contains(feature, StringComparer.Ordinal) == true
        : feature == "columnMapping" && MinReaderVersion == 2;

    /// <summary>Whether writers have to know a feature.</summary>
    public bool Writes(string feature) => NeededToWrite.Contains(feature, StringComparer.Ordinal);

    /// <summary>Refuses a table whose rows can't be told for certain.</summary>
    /// <exception cref="MillraceException"><c>table-feature-unknown</c>, naming the version and each feature.
    /// </exception>
    internal void CheckReadable(string table)
    {
        var unknown = (ReaderFeatures ?? []).Where(feature => !Readable.Contains(feature)).ToList();
        if (MinReaderVersion is < 1 or > MaxReaderVersion)
        {
            throw Unknown(table, $"reader version {MinReaderVersion} and writer version {MinWriterVersion}"
                + (unknown.Count > 0 ? ": " + string.Join(", ", unknown) : ""));
        }

        if (MinReaderVersion >= FeatureReaderVersion && unknown.Count > 0)
        {
            throw Unknown(table, string.Join(", ", unknown));
        }
    }

    static MillraceException Unknown(string table, string feature) => new(
        ErrorKind.Invalid, "table-feature-unknown",
        $"Table '{table}' uses a feature that can't be read yet: {feature}.",
        "Read it with an engine that knows the feature, or write a copy without it.");
}
