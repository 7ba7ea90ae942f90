using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Headers that are kept with an object and given back, and what else a put may ask for.</summary>
static class ObjectHeaders
{
    const string MetaPrefix = "x-amz-meta-";
    const int MetaMax = 2048;

    static readonly string[] Kept =
    [
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
        "x-amz-website-redirect-location", "x-amz-storage-class",
    ];

    static readonly string[] Encryption =
    [
        "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm", "x-amz-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
    ];

    /// <summary>Silence would let a client believe that its bytes are encrypted.</summary>
    public static void RefuseEncryption(IHeaderDictionary headers)
    {
        foreach (var name in Encryption)
        {
            if (headers.ContainsKey(name))
                throw S3Failure.NotImplemented(name);
        }
    }

    public static Dictionary<string, string> Read(IHeaderDictionary headers)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        var meta = 0;
        foreach (var (name, value) in headers)
        {
            var lower = name.ToLowerInvariant();
            if (!lower.StartsWith(MetaPrefix, StringComparison.Ordinal) && !Kept.Contains(lower))
                continue;
            var text = value.ToString();
            // It is to be a header of an answer again.
            if (!IsToken(lower) || text.Any(letter => letter is < ' ' or '\x7f'))
                throw S3Failure.InvalidArgument($"'{(IsToken(lower) ? lower : "A name")}' can't be a header.");
            if (lower == "content-encoding")
                text = WithoutChunks(text);
            if (lower == "x-amz-storage-class" && text == "STANDARD")
                continue;
            if (text.Length > 0 || lower.StartsWith(MetaPrefix, StringComparison.Ordinal))
                kept[lower] = text;
            if (lower.StartsWith(MetaPrefix, StringComparison.Ordinal))
                meta += Encoding.UTF8.GetByteCount(text) + lower.Length - MetaPrefix.Length;
        }

        if (meta > MetaMax)
        {
            throw new S3Exception(
                400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size.");
        }

        return kept;
    }

    /// <summary>What the headers of a put ask for besides.</summary>
    public static async Task<ObjectVersion> DraftAsync(
        S3Context context, BucketState state, string key, CancellationToken cancellationToken)
    {
        var headers = context.Http.Request.Headers;
        RefuseEncryption(headers);
        BucketStore.RequireKey(key);
        var owner = context.Caller.Account ?? state.Bucket.Owner;
        var acl = await AclGrants.FromHeadersAsync(context, headers, owner, state.Bucket.Owner, cancellationToken)
            .ConfigureAwait(false);
        PublicAccessBlock.CheckAcl(state, acl);
        (owner, acl) = ObjectOwnership.Decide(state, headers, owner, acl);

        return new ObjectVersion
        {
            Key = key,
            Owner = owner,
            Headers = Read(headers),
            Tags = headers.TryGetValue("x-amz-tagging", out var tags) ? TagSet.FromHeader(tags.ToString()) : "",
            Acl = acl,
            Lock = ObjectLocks.FromHeaders(headers, state.Bucket, context.Http.RequestServices),
        };
    }

    public static WriteConditions Conditions(IHeaderDictionary headers) =>
        headers.IfMatch.Count == 0 && headers.IfNoneMatch.Count == 0
            ? WriteConditions.None
            : new WriteConditions
            {
                IfMatch = headers.IfMatch.Count > 0 ? Tags(headers.IfMatch.ToString()) : null,
                IfNoneMatch = headers.IfNoneMatch.Count > 0 ? Tags(headers.IfNoneMatch.ToString()) : null,
            };

    /// <summary>The ETags of a condition, without quotes.</summary>
    public static List<string> Tags(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(
            tag => (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"'))];

    public static DateTimeOffset? Time(string? text) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    static bool IsToken(string name) =>
        name.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter));

    static string WithoutChunks(string encoding) => string.Join(
        ", ", encoding.Split(',', StringSplitOptions.TrimEntries).Where(part => part is not ("aws-chunked" or "")));
}
