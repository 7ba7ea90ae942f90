using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Uploads in parts.</summary>
static class UploadOperations
{
    const int CompleteBytesMax = 4 << 20;

    static readonly string[] Algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

    public static async Task BeginAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutObject", "WRITE", cancellationToken)
            .ConfigureAwait(false);
        var headers = context.Http.Request.Headers;
        var algorithm = headers["x-amz-checksum-algorithm"].ToString().ToUpperInvariant();
        if (algorithm.Length > 0 && !Algorithms.Contains(algorithm))
            throw S3Failure.InvalidRequest("Checksum algorithm provided is unsupported.");
        var kind = headers["x-amz-checksum-type"].ToString();
        var isComposite = kind.Length > 0 ? kind == "COMPOSITE" : algorithm != "CRC64NVME";
        if (kind is not ("" or "COMPOSITE" or "FULL_OBJECT")
            || (isComposite && algorithm == "CRC64NVME") || (!isComposite && algorithm is "SHA1" or "SHA256"))
        {
            throw S3Failure.InvalidRequest($"The {kind} checksum type cannot be used with the {algorithm} algorithm.");
        }

        var upload = await context.Workspace.Buckets.BeginUploadAsync(
            context.Bucket!,
            await ObjectHeaders.DraftAsync(context, state, context.Key!, cancellationToken).ConfigureAwait(false),
            algorithm, isComposite,
            cancellationToken).ConfigureAwait(false);
        if (algorithm.Length > 0)
        {
            context.Http.Response.Headers["x-amz-checksum-algorithm"] = algorithm;
            context.Http.Response.Headers["x-amz-checksum-type"] = isComposite ? "COMPOSITE" : "FULL_OBJECT";
        }

        await S3Xml.WriteAsync(
            context,
            S3Element.New(
                "InitiateMultipartUploadResult", S3Element.New("Bucket", context.Bucket),
                S3Element.New("Key", context.Key), S3Element.New("UploadId", upload.Id)),
            cancellationToken).ConfigureAwait(false);
    }

    public static async Task PutPartAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutObject", "WRITE", cancellationToken).ConfigureAwait(false);
        ObjectHeaders.RefuseEncryption(context.Http.Request.Headers);
        var number = PartNumber(context);
        // A part of an upload that is not there need not be taken.
        var upload = await context.Workspace.Buckets.GetUploadAsync(
            context.Bucket!, context.Key!, context.Query["uploadId"], cancellationToken).ConfigureAwait(false);
        if (upload.ChecksumAlgorithm.Length > 0)
            context.Digests.AskForChecksum(upload.ChecksumAlgorithm);
        using var body = await ObjectWriteOperations.StoreAsync(context, cancellationToken).ConfigureAwait(false);
        var checksum = "";
        var headers = context.Http.Response.Headers;
        if (context.Digests.Checksum is var (algorithm, value))
        {
            if (string.Equals(algorithm, upload.ChecksumAlgorithm, StringComparison.OrdinalIgnoreCase))
                checksum = value;
            headers[$"x-amz-checksum-{algorithm.ToLowerInvariant()}"] = value;
        }

        var part = await context.Workspace.Buckets.PutPartAsync(
            context.Bucket!, context.Key!, upload.Id, number, body, checksum, cancellationToken)
            .ConfigureAwait(false);
        headers.ETag = S3Element.Quoted(part.ETag);
    }

    public static async Task CopyPartAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "PutObject", "WRITE", cancellationToken).ConfigureAwait(false);
        var number = PartNumber(context);
        var buckets = context.Workspace.Buckets;
        var upload = await buckets.GetUploadAsync(
            context.Bucket!, context.Key!, context.Query["uploadId"], cancellationToken).ConfigureAwait(false);
        using var hold = buckets.Hold();
        var source = await CopySource.FindAsync(context, cancellationToken).ConfigureAwait(false);
        var range = SourceRange(context.Http.Request.Headers, source.Version.SizeBytes);
        if (range.Length > BucketRules.PartSizeMax)
            throw S3Failure.InvalidRequest("The specified copy range is larger than a part may be");
        await using var bytes = buckets.OpenRead(source.Version, range.Offset, range.Length);
        using var body = await buckets.StoreAsync(bytes, range.Length, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        var part = await buckets.PutPartAsync(
            context.Bucket!, context.Key!, upload.Id, number, body, "", cancellationToken).ConfigureAwait(false);
        if (source.State.Bucket.Versioning != BucketVersioning.Off)
            context.Http.Response.Headers["x-amz-copy-source-version-id"] = source.Version.VersionId;
        await S3Xml.WriteAsync(
            context,
            S3Element.New(
                "CopyPartResult", S3Element.New("LastModified", S3Element.Time(part.ModifiedAt)),
                S3Element.New("ETag", S3Element.Quoted(part.ETag))),
            cancellationToken).ConfigureAwait(false);
    }

    public static async Task CompleteAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "PutObject", "WRITE", cancellationToken)
            .ConfigureAwait(false);
        if (context.DecodedLength == 0)
            throw S3Element.Malformed();
        var request = await S3Xml.ReadAsync(
            context, "CompleteMultipartUpload", CompleteBytesMax, cancellationToken).ConfigureAwait(false);
        var chosen = new List<ChosenPart>();
        foreach (var part in request.Children("Part"))
        {
            var checksum = part.Elements().FirstOrDefault(
                child => child.Name.LocalName.StartsWith("Checksum", StringComparison.Ordinal));
            if (!int.TryParse(
                part.Text("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                throw S3Element.Malformed();
            }

            chosen.Add(new ChosenPart(
                number, (part.Text("ETag") ?? throw S3Element.Malformed()).Trim('"').ToLowerInvariant(),
                checksum?.Value));
        }

        var version = await context.Workspace.Buckets.CompleteUploadAsync(
            context.Bucket!, context.Key!, context.Query["uploadId"], chosen,
            ObjectHeaders.Conditions(context.Http.Request.Headers), ExpectedChecksum(context.Http.Request.Headers),
            cancellationToken).ConfigureAwait(false);
        ObjectWriteOperations.AddNewVersion(context.Http.Response.Headers, state, version);
        await S3Xml.WriteAsync(
            context,
            S3Element.New(
                "CompleteMultipartUploadResult",
                S3Element.New("Location", $"{context.Http.Request.Scheme}://{context.Http.Request.Host}/"
                    + $"{context.Bucket}/{Uri.EscapeDataString(context.Key!).Replace("%2F", "/")}"),
                S3Element.New("Bucket", context.Bucket), S3Element.New("Key", context.Key),
                S3Element.New("ETag", S3Element.Quoted(version.ETag)),
                version.Checksum is { } whole
                    ? new object[]
                    {
                        S3Element.New($"Checksum{whole.Algorithm}", whole.Value),
                        S3Element.New("ChecksumType", whole.IsComposite ? "COMPOSITE" : "FULL_OBJECT"),
                    }
                    : null),
            cancellationToken).ConfigureAwait(false);
    }

    public static async Task AbortAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "AbortMultipartUpload", "WRITE", cancellationToken)
            .ConfigureAwait(false);
        await context.Workspace.Buckets.AbortUploadAsync(
            context.Bucket!, context.Key!, context.Query["uploadId"], cancellationToken).ConfigureAwait(false);
        context.Http.Response.StatusCode = 204;
    }

    public static async Task ListPartsAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "ListMultipartUploadParts", "READ", cancellationToken)
            .ConfigureAwait(false);
        var buckets = context.Workspace.Buckets;
        var max = ListOperations.Count(context, "max-parts", BucketRules.PageMax);
        var marker = ListOperations.Count(context, "part-number-marker", BucketRules.PartNumberMax);
        if (!context.HasQuery("part-number-marker"))
            marker = 0;
        var upload = await buckets.GetUploadAsync(
            context.Bucket!, context.Key!, context.Query["uploadId"], cancellationToken).ConfigureAwait(false);
        var parts = await buckets.ListPartsAsync(
            context.Bucket!, context.Key!, upload.Id, marker, max + 1, cancellationToken).ConfigureAwait(false);
        var page = parts.Take(max).ToList();
        var owners = await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);
        var root = S3Element.New(
            "ListPartsResult", S3Element.New("Bucket", context.Bucket),
            S3Element.New("Key", ListOperations.Encode(context, context.Key!)),
            S3Element.New("UploadId", upload.Id),
            owners.Element("Initiator", upload.Owner), owners.Owner(upload.Owner),
            S3Element.New("StorageClass", "STANDARD"),
            S3Element.New("PartNumberMarker", marker),
            S3Element.New("NextPartNumberMarker", page.Count > 0 ? page[^1].Number : 0),
            S3Element.New("MaxParts", max), S3Element.New("IsTruncated", parts.Count > max));
        if (upload.ChecksumAlgorithm.Length > 0)
        {
            root.Add(
                S3Element.New("ChecksumAlgorithm", upload.ChecksumAlgorithm),
                S3Element.New("ChecksumType", upload.IsComposite ? "COMPOSITE" : "FULL_OBJECT"));
        }

        foreach (var part in page)
        {
            root.Add(S3Element.New(
                "Part", S3Element.New("PartNumber", part.Number),
                S3Element.New("LastModified", S3Element.Time(part.ModifiedAt)),
                S3Element.New("ETag", S3Element.Quoted(part.ETag)), S3Element.New("Size", part.SizeBytes),
                part.Checksum.Length > 0 ? S3Element.New($"Checksum{upload.ChecksumAlgorithm}", part.Checksum) : null));
        }

        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    static int PartNumber(S3Context context) =>
        int.TryParse(
            context.Query.GetValueOrDefault("partNumber"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) && number is >= 1 and <= BucketRules.PartNumberMax
            ? number
            : throw S3Failure.InvalidArgument(
                $"Part number must be an integer between 1 and {BucketRules.PartNumberMax}, inclusive");

    static ObjectChecksum? ExpectedChecksum(IHeaderDictionary headers)
    {
        foreach (var algorithm in Algorithms)
        {
            if (headers[$"x-amz-checksum-{algorithm.ToLowerInvariant()}"].ToString() is { Length: > 0 } value)
                return new ObjectChecksum(algorithm, value);
        }

        return null;
    }

    static ByteRange SourceRange(IHeaderDictionary headers, long size)
    {
        var text = headers["x-amz-copy-source-range"].ToString();
        if (text.Length == 0)
            return new ByteRange(0, size);
        var isWhole = text.StartsWith("bytes=", StringComparison.Ordinal) && text["bytes=".Length..].Split('-')
            is [var from, var to] && long.TryParse(from, out var first) && long.TryParse(to, out var last)
            && first <= last;
        if (!isWhole || ByteRange.Parse(text, long.MaxValue) is not { } range)
        {
            throw S3Failure.InvalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last");
        }

        return range.Offset + range.Length <= size
            ? range
            : throw new S3Exception(416, "InvalidRange", "The requested range is not satisfiable");
    }
}
