namespace Millrace.Objects.Packs;

/// <summary>Says that a writer relies on what is stored and not condemned by <see cref="Plan"/>.</summary>
sealed class SweepLease(SweepGuard guard, SweepGeneration generation) : IDisposable
{
    bool _isDisposed;

    public SweepPlan Plan => generation.Plan;

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        guard.Leave(generation);
    }
}
