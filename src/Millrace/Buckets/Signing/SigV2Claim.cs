using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>What a request says of its signature of version 2 (HMAC-SHA1 over verb, date, Amazon's headers and the
/// resource). It is old, and still what <c>aws s3 presign</c> writes for a server of one's own.</summary>
public sealed class SigV2Claim
{
    const string HeaderStart = "AWS ";

    // Parameters that name a part of the resource; only these are signed.
    static readonly string[] Signed =
    [
        "accelerate", "acl", "analytics", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
        "legal-hold", "lifecycle", "location", "logging", "metrics", "notification", "object-lock",
        "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock", "replication",
        "requestPayment", "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore", "retention", "select",
        "select-type", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    ];

    readonly string _dateLine;

    SigV2Claim(string accessKeyId, string signature, string dateLine, DateTimeOffset? time, DateTimeOffset? end)
    {
        AccessKeyId = accessKeyId;
        Signature = signature;
        _dateLine = dateLine;
        Time = time;
        End = end;
    }

    public string AccessKeyId { get; }

    /// <summary>Base64.</summary>
    public string Signature { get; }

    /// <summary>When it was signed, for a signed header.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>Until when it is good, for a presigned request.</summary>
    public DateTimeOffset? End { get; }

    public static bool IsInHeader(string authorization) =>
        authorization.StartsWith(HeaderStart, StringComparison.Ordinal);

    public static bool IsInQuery(SignedRequest request) => request.Parameter("AWSAccessKeyId") is not null;

    /// <exception cref="MillraceException"><c>authorization-malformed</c>, <c>request-date-missing</c>.</exception>
    public static SigV2Claim FromHeader(SignedRequest request, string authorization)
    {
        var pair = authorization[HeaderStart.Length..].Trim();
        var colon = pair.LastIndexOf(':');
        if (colon < 1)
        {
            throw SigningFault.Invalid();
        }

        var amazonDate = request.Header("x-amz-date");
        var date = amazonDate ?? request.Header("date");
        return date is not null
            && (SigV4Claim.TryTime(date, out var time) || SigV4Claim.TryHttpTime(date, out time))
                ? new SigV2Claim(pair[..colon], pair[(colon + 1)..], amazonDate is null ? date : "", time, null)
                : throw SigningFault.NoDate();
    }

    /// <exception cref="MillraceException"><c>presign-malformed</c>.</exception>
    public static SigV2Claim FromQuery(SignedRequest request)
    {
        var id = request.Parameter("AWSAccessKeyId");
        var signature = request.Parameter("Signature");
        var expires = request.Parameter("Expires");
        return id is not null && signature is not null && long.TryParse(
            expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? new SigV2Claim(id, signature, expires, null, DateTimeOffset.FromUnixTimeSeconds(seconds))
                : throw SigningFault.QueryMalformed("it needs AWSAccessKeyId, Signature and Expires in seconds");
    }

    /// <exception cref="MillraceException"><c>request-time-skewed</c>, <c>presign-expired</c>.</exception>
    public void CheckTime(DateTimeOffset now)
    {
        if (Time is { } time && (time - now).Duration() > SigV4Claim.MaxSkew)
        {
            throw SigningFault.Skewed(time, now);
        }

        if (End is { } end && now > end)
        {
            throw SigningFault.Expired(end);
        }
    }

    /// <summary>Compares the signature in constant time.</summary>
    /// <param name="request">The request.</param>
    /// <param name="secret">The key's secret.</param>
    /// <param name="hostBucket">The bucket that the host names, or null: it is part of the resource.</param>
    /// <exception cref="MillraceException"><c>signature-mismatch</c>.</exception>
    public void Check(SignedRequest request, string secret, string? hostBucket)
    {
        var isSigned = Matches(secret, TextToSign(request, hostBucket, request.Path), Signature);
        if (!isSigned && hostBucket is null && OtherPathOfBucket(request.Path) is { } other)
        {
            isSigned = Matches(secret, TextToSign(request, hostBucket, other), Signature);
        }

        if (!isSigned)
        {
            throw SigningFault.Mismatch();
        }
    }

    /// <summary>Whether a Base64 signature is that of a text.</summary>
#pragma warning disable CA5350 // The version says SHA-1; as a keyed hash it is not broken.
    internal static bool Matches(string secret, string text, string signature) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Convert.ToBase64String(
                HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.Latin1.GetBytes(text)))),
            Encoding.Latin1.GetBytes(signature));
#pragma warning restore CA5350

    string TextToSign(SignedRequest request, string? hostBucket, string path)
    {
        var text = new StringBuilder();
        text.Append(request.Method).Append('\n').Append(request.Header("content-md5")).Append('\n')
            .Append(request.Header("content-type")).Append('\n').Append(_dateLine).Append('\n');
        foreach (var (name, values) in request.Headers
            .Where(header => header.Key.StartsWith("x-amz-", StringComparison.Ordinal))
            .OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append(':').AppendJoin(',', values.Select(value => value.Trim())).Append('\n');
        }

        text.Append(hostBucket is null ? "" : $"/{hostBucket}").Append(path);
        // The signed text joins names and values as they are; what could be read in two ways was signed for another
        // request.
        if (request.Parameters.Any(pair => Signed.Contains(pair.Key) && IsAmbiguous(pair.Key, pair.Value)))
            throw SigningFault.Mismatch();
        var parameters = request.Parameters.Where(pair => Signed.Contains(pair.Key))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => pair.Value.Length == 0 ? pair.Key : $"{pair.Key}={pair.Value}").ToList();
        return parameters.Count == 0 ? text.ToString() : $"{text}?{string.Join('&', parameters)}";
    }

    // A bucket is the same with a slash at its end and without; some clients send the one and sign the other.
    static string? OtherPathOfBucket(string path) => path.Length < 2 ? null : path.IndexOf('/', 1) switch
    {
        < 0 => $"{path}/",
        > 1 and var slash when slash == path.Length - 1 => path[..slash],
        _ => null,
    };

    static bool IsAmbiguous(string name, string value) => name.StartsWith("response-", StringComparison.Ordinal)
        ? value.Split('&').Skip(1).Any(part => Signed.Contains(part.Split('=')[0]))
        : value.AsSpan().ContainsAny('&', '=');
}
