namespace Millrace.Access;

/// <summary>A key of the S3 server, without its secret.</summary>
/// <param name="Id">What requests name; not secret.</param>
/// <param name="Name">For people; may be empty.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it stops working; null is never.</param>
/// <param name="IsDisabled">Whether it is refused.</param>
/// <param name="Grants">What it may do.</param>
/// <param name="Account">Who owns what it makes.</param>
public sealed record AccessKey(
    string Id,
    string Name,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    bool IsDisabled,
    IReadOnlyList<AccessGrant> Grants,
    Account Account);
