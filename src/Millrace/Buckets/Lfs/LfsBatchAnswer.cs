namespace Millrace.Buckets.Lfs;

/// <summary>The answer to one object of a batch.</summary>
/// <param name="Oid">As the client named it.</param>
/// <param name="SizeBytes">As the client named it; for a download, what the object has.</param>
/// <param name="Action">What the client has to do: <see cref="LfsAction.None"/> when nothing.</param>
/// <param name="ErrorStatus">0, or why the object is refused, as an HTTP status.</param>
/// <param name="ErrorMessage">The refusal in words; null when there is none.</param>
public sealed record LfsBatchAnswer(
    string Oid, long SizeBytes, LfsAction Action, int ErrorStatus = 0, string? ErrorMessage = null);

/// <summary>What a client has to do with an object.</summary>
public enum LfsAction
{
    None = 0,
    Download = 1,

    /// <summary>Put it, then have it verified.</summary>
    Upload = 2,
}
