namespace Millrace.Tables.Delta;

/// <summary>The actions of one version, or of a part of a checkpoint, in the order in which they stand.</summary>
sealed class DeltaActions
{
    public DeltaProtocol? Protocol { get; set; }

    public DeltaMetadata? Metadata { get; set; }

    public CommitNote? Note { get; set; }

    public List<DataFile> Added { get; } = [];

    public List<RemovedFile> Removed { get; } = [];

    public List<ChangeFile> Changes { get; } = [];

    public List<TransactionMark> Transactions { get; } = [];

    public List<DomainMetadata> Domains { get; } = [];

    /// <summary>Names of files in <c>_sidecars</c>; of checkpoints only.</summary>
    public List<string> Sidecars { get; } = [];
}
