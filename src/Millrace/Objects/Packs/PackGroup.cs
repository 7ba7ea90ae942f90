using System.Runtime.ExceptionServices;

namespace Millrace.Objects.Packs;

/// <summary>Small batches that end at the same time share one append and one fsync: while one waits for the disk, the
/// next gather.</summary>
sealed class PackGroup(PackSet packs)
{
    readonly Lock _lock = new();
    List<Waiting> _next = [];
    bool _isWriting;

    /// <summary>Returns when the entries are durable and visible.</summary>
    public void Commit(PackContribution contribution)
    {
        var own = new Waiting(contribution);
        lock (_lock)
        {
            _next.Add(own);
            if (!_isWriting)
            {
                _isWriting = true;
                own.IsLeader = true;
            }
        }

        if (!own.IsLeader)
            own.Turn.Wait();
        if (own.IsLeader)
            Lead();
        own.Turn.Dispose();
        own.Failure?.Throw();
    }

    void Lead()
    {
        List<Waiting> group;
        lock (_lock)
            (group, _next) = (_next, []);
        ExceptionDispatchInfo? failure = null;
        try
        {
            Write(group);
        }
        catch (Exception exception)
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        Waiting? leader = null;
        lock (_lock)
        {
            // The next group has a leader of its own, so that nobody works for others for ever.
            if (_next.Count > 0)
                leader = _next[0];
            else
                _isWriting = false;
        }

        foreach (var waiting in group)
        {
            waiting.Failure = failure;
            if (!waiting.IsLeader)
                waiting.Turn.Set();
        }

        if (leader is not null)
        {
            leader.IsLeader = true;
            leader.Turn.Set();
        }
    }

    void Write(List<Waiting> group)
    {
        var writer = packs.Writers.Take();
        try
        {
            var entries = new List<PackEntry>();
            foreach (var waiting in group)
            {
                var begin = writer.End;
                writer.Append(waiting.Contribution.Bytes.AsSpan(0, waiting.Contribution.Length));
                foreach (var entry in waiting.Contribution.Entries)
                    entries.Add(entry with { Offset = begin + entry.Offset });
            }

            writer.Commit(entries);
            packs.Refresh(writer.Path);
        }
        finally
        {
            packs.Writers.Return(writer);
        }
    }

    sealed class Waiting(PackContribution contribution)
    {
        public PackContribution Contribution => contribution;

        public ManualResetEventSlim Turn { get; } = new();

        public volatile bool IsLeader;

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
