namespace Millrace.Tables.Delta;

/// <summary>The state of a table while its log is played. Delta protocol, "Action Reconciliation".</summary>
/// <param name="keepsRemoved">Whether the files that were removed are remembered.</param>
sealed class LogReplay(bool keepsRemoved)
{
    /// <summary>The attempt wrote a version that the checkpoint stands for.</summary>
    public const long BeforeCheckpoint = -1;

    // In the order in which they were added; null where one was removed again.
    readonly List<DataFile?> _files = [];
    readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    readonly Dictionary<string, RemovedFile> _removed = new(StringComparer.Ordinal);
    readonly Dictionary<string, TransactionMark> _transactions = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> _attempts = new(StringComparer.Ordinal);
    readonly Dictionary<string, DomainMetadata> _domains = new(StringComparer.Ordinal);

    public DeltaProtocol? Protocol { get; private set; }

    public DeltaMetadata? Metadata { get; private set; }

    public CommitNote? Note { get; set; }

    public bool KeepsRemoved => keepsRemoved;

    public IReadOnlyDictionary<string, long> Attempts => _attempts;

    /// <summary>The files that are live, in the order in which they were added.</summary>
    public List<DataFile> Files() => [.. _files.OfType<DataFile>()];

    public List<RemovedFile>? Removed() => keepsRemoved ? [.. _removed.Values] : null;

    public List<TransactionMark> Transactions() => [.. _transactions.Values];

    public List<DomainMetadata> Domains() => [.. _domains.Values];

    /// <summary>Plays one version, or a checkpoint as <see cref="BeforeCheckpoint"/>.</summary>
    public void Apply(DeltaActions actions, long version)
    {
        Protocol = actions.Protocol ?? Protocol;
        Metadata = actions.Metadata ?? Metadata;
        Note = actions.Note;
        // The actions of a version have no order; what it adds is there after it.
        foreach (var file in actions.Removed)
        {
            Remove(file);
        }

        foreach (var file in actions.Added)
        {
            Add(file);
        }

        foreach (var mark in actions.Transactions)
        {
            _transactions[mark.AppId] = mark;
            _attempts[mark.AppId] = version;
        }

        foreach (var domain in actions.Domains)
        {
            if (domain.IsRemoved)
            {
                _domains.Remove(domain.Domain);
            }
            else
            {
                _domains[domain.Domain] = domain;
            }
        }
    }

    public void Add(DataFile file)
    {
        var key = file.Key;
        _removed.Remove(key);
        if (_places.TryGetValue(key, out var place))
        {
            _files[place] = null;
        }

        _places[key] = _files.Count;
        _files.Add(file);
    }

    public void Remove(RemovedFile file)
    {
        var key = file.Key;
        if (_places.Remove(key, out var place))
        {
            _files[place] = null;
        }

        if (keepsRemoved)
        {
            _removed[key] = file;
        }
    }
}
