using Millrace.Objects;

namespace Millrace.Tables;

/// <summary>What <c>tables:</c> in millrace.yaml says: where the tables are.</summary>
public sealed record TableSettings
{
    /// <summary>What copies of tables elsewhere may take here, when nothing is said.</summary>
    public const long CacheSizeDefault = 20_000_000_000;

    /// <summary>The bucket that the tables are in; null is <c>.millrace/tables</c>.</summary>
    public RemoteSettings? Place { get; init; }

    /// <summary>Bytes that copies of tables elsewhere may take here.</summary>
    public long CacheSizeBytes { get; init; } = CacheSizeDefault;
}
