using Millrace.Catalog;

namespace Millrace.Pipelines;

/// <summary>Who holds a lease.</summary>
sealed record LeaseHolder(string ProcessId, string Host, long Pid, DateTimeOffset Since)
{
    /// <summary>For people.</summary>
    public string Machine => ProcessBeats.MachineOf(Host);
}
