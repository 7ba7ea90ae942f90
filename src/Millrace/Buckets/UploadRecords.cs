using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>An upload in parts that is not complete.</summary>
/// <param name="Id">32 hexadecimal digits that sort by time.</param>
/// <param name="Key">What it will be called.</param>
/// <param name="Owner">Who began it.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="ChecksumAlgorithm">What the parts are checked with; empty for nothing.</param>
/// <param name="IsComposite">Whether the whole's checksum is made of the parts'.</param>
public sealed record MultipartUpload(
    string Id, string Key, string Owner, DateTimeOffset CreatedAt, string ChecksumAlgorithm, bool IsComposite);

/// <summary>A part of an upload.</summary>
/// <param name="Number">From 1 to 10,000.</param>
/// <param name="Hash">The object that is its bytes.</param>
/// <param name="SizeBytes">Its bytes in number.</param>
/// <param name="ETag">The MD5 of its bytes.</param>
/// <param name="Checksum">Base64; empty when none came with it.</param>
/// <param name="ModifiedAt">When it was written.</param>
public sealed record UploadPart(
    int Number, ContentHash Hash, long SizeBytes, string ETag, string Checksum, DateTimeOffset ModifiedAt);

/// <summary>A part as whoever completes an upload names it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="ETag">Its ETag, without quotes.</param>
/// <param name="Checksum">Base64; null when it is not given.</param>
public sealed record ChosenPart(int Number, string ETag, string? Checksum = null);

/// <summary>A page of uploads or of their common prefixes.</summary>
public sealed record UploadPage(
    IReadOnlyList<MultipartUpload> Uploads, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string NextKey,
    string NextUploadId);
