using Microsoft.AspNetCore.Http;

namespace Millrace.App.Buckets.Operations;

/// <summary>What a policy is asked about.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Action">With <c>s3:</c>.</param>
/// <param name="Resource">The bucket, or the bucket, a slash and the key.</param>
/// <param name="Headers">Of the request.</param>
/// <param name="Query">Of the request.</param>
/// <param name="Tags">Of the version that is there; null when there is none.</param>
sealed record PolicyRequest(
    S3Caller Caller, string Action, string Resource, IHeaderDictionary Headers,
    IReadOnlyDictionary<string, string> Query, string? Tags)
{
    /// <summary>Where the request comes from.</summary>
    public string? Address { get; init; }

    public bool IsSecure { get; init; }

    /// <summary>The value of a condition's name; null when the request has none.</summary>
    public string? Value(string name)
    {
        if (name.StartsWith("s3:ExistingObjectTag/", StringComparison.Ordinal))
            return Tags is null ? null : TagSet.Parse(Tags).GetValueOrDefault(name["s3:ExistingObjectTag/".Length..]);
        if (name.StartsWith("s3:RequestObjectTag/", StringComparison.Ordinal))
        {
            return Headers.TryGetValue("x-amz-tagging", out var tags)
                ? TagSet.Parse(tags.ToString()).GetValueOrDefault(name["s3:RequestObjectTag/".Length..]) : null;
        }

        return name switch
        {
            "s3:prefix" or "s3:delimiter" or "s3:max-keys" => Query.GetValueOrDefault(name[3..]),
            "aws:Referer" => Header("Referer"),
            "aws:UserAgent" => Header("User-Agent"),
            "aws:SecureTransport" => IsSecure ? "true" : "false",
            "aws:SourceIp" => Address,
            _ when name.StartsWith("s3:x-amz-", StringComparison.Ordinal) => Header(name[3..]),
            _ => null,
        };
    }

    string? Header(string name) => Headers.TryGetValue(name, out var value) ? value.ToString() : null;
}

/// <summary>What a policy says.</summary>
enum PolicyVerdict
{
    None,
    Allow,
    Deny,
}
