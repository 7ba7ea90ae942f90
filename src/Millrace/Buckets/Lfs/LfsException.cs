namespace Millrace.Buckets.Lfs;

/// <summary>A request that is refused, with the status that the protocol has for the reason.</summary>
public sealed class LfsException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status: 404, 409, 413, 416, 422.</summary>
    public int Status { get; } = status;
}
