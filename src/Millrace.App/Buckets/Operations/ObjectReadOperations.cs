using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Reads objects and what is kept with them.</summary>
static class ObjectReadOperations
{
    static readonly string[] Overrides =
        ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];

    /// <summary>GetObject and HeadObject.</summary>
    public static async Task GetAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await FindAsync(context, "GetObject", "READ", cancellationToken).ConfigureAwait(false);
        await AnswerAsync(context, state, version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a version, or as much of it as is asked for.</summary>
    public static async Task AnswerAsync(
        S3Context context, BucketState state, ObjectVersion version, CancellationToken cancellationToken)
    {
        var request = context.Http.Request.Headers;
        ObjectHeaders.RefuseEncryption(request);
        var response = context.Http.Response;
        AddValidators(response.Headers, state, version);
        if (!Holds(request, version))
        {
            response.StatusCode = 304;
            return;
        }

        var range = ByteRange.Parse(request.Range.Count > 0 ? request.Range.ToString() : null, version.SizeBytes);
        var checksum = range is null ? version.Checksum : null;
        if (context.Query.GetValueOrDefault("partNumber") is { } part)
            (range, checksum) = Part(response.Headers, version, part);
        AddHeaders(context, version);
        if (request["x-amz-checksum-mode"] == "ENABLED")
            AddChecksum(response.Headers, checksum);
        if (range is { Length: > 0 } some)
        {
            response.StatusCode = 206;
            response.Headers.ContentRange = $"bytes {some.Offset}-{some.Offset + some.Length - 1}/{version.SizeBytes}";
        }

        var (offset, length) = range ?? new ByteRange(0, version.SizeBytes);
        response.ContentLength = length;
        if (context.Http.Request.Method == HttpMethods.Head || length == 0)
            return;
        await using var bytes = context.Workspace.Buckets.OpenRead(version, offset, length);
        await BodyCopy.RunAsync(bytes, context.Http, context.BlockTimeout, length, cancellationToken)
            .ConfigureAwait(false);
    }

    public static async Task AttributesAsync(S3Context context, CancellationToken cancellationToken)
    {
        var (state, version) = await FindAsync(context, "GetObjectAttributes", "READ", cancellationToken)
            .ConfigureAwait(false);
        var wanted = context.Http.Request.Headers["x-amz-object-attributes"].ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (wanted.Length == 0)
            throw S3Failure.InvalidArgument("The x-amz-object-attributes header must be there and not empty");
        var root = S3Element.New("GetObjectAttributesResponse");
        foreach (var name in wanted)
        {
            root.Add(name switch
            {
                "ETag" => S3Element.New("ETag", version.ETag),
                "ObjectSize" => S3Element.New("ObjectSize", version.SizeBytes),
                "StorageClass" => S3Element.New("StorageClass", "STANDARD"),
                "Checksum" => version.Checksum is { } checksum
                    ? S3Element.New(
                        "Checksum", S3Element.New($"Checksum{checksum.Algorithm}", checksum.Value),
                        S3Element.New("ChecksumType", checksum.IsComposite ? "COMPOSITE" : "FULL_OBJECT"))
                    : null,
                "ObjectParts" => Parts(context.Http.Request.Headers, version),
                _ => throw S3Failure.InvalidArgument("Invalid attribute name specified."),
            });
        }

        AddVersion(context.Http.Response.Headers, state, version);
        context.Http.Response.Headers.LastModified = version.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The version that the request names, if the caller may use it so.</summary>
    public static async Task<(BucketState State, ObjectVersion Version)> FindAsync(
        S3Context context, string action, string permission, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.StateAsync(context, context.Bucket!, cancellationToken).ConfigureAwait(false);
        var versionId = context.Query.GetValueOrDefault("versionId");
        if (versionId is { Length: 0 })
            throw S3Failure.InvalidArgument("Version id cannot be the empty string");
        var version = context.Key!.Contains('\0') ? null : await context.Workspace.Buckets.FindObjectAsync(
            context.Bucket!, context.Key!, versionId, cancellationToken).ConfigureAwait(false);
        if (version is { IsMarker: true } marker)
        {
            BucketAccess.Require(context, context.Caller, state, "ListBucket", "READ", null);
            var headers = context.Http.Response.Headers;
            headers["x-amz-delete-marker"] = "true";
            headers["x-amz-version-id"] = marker.VersionId;
            if (versionId is not null)
            {
                headers.LastModified = marker.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
                throw new S3Exception(
                    405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
            }

            throw new S3Exception(404, "NoSuchKey", "The specified key does not exist.");
        }

        if (version is null)
        {
            // Whoever may not list does not hear whether a key is there.
            BucketAccess.Require(context, context.Caller, state, "ListBucket", "READ", null);
            throw versionId is null
                ? new S3Exception(404, "NoSuchKey", "The specified key does not exist.")
                : new S3Exception(404, "NoSuchVersion", "The specified version does not exist.");
        }

        var named = versionId is null || !action.EndsWith("Object", StringComparison.Ordinal)
            ? action : $"{action}Version";
        if (!BucketAccess.MayUse(context, state, named, permission, version))
            throw S3Failure.AccessDenied;
        return (state, version);
    }

    public static void AddVersion(IHeaderDictionary headers, BucketState state, ObjectVersion version)
    {
        if (state.Bucket.Versioning != BucketVersioning.Off)
            headers["x-amz-version-id"] = version.VersionId;
    }

    static void AddValidators(IHeaderDictionary headers, BucketState state, ObjectVersion version)
    {
        headers.ETag = S3Element.Quoted(version.ETag);
        headers.LastModified = version.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";
        AddVersion(headers, state, version);
    }

    static void AddHeaders(S3Context context, ObjectVersion version)
    {
        var headers = context.Http.Response.Headers;
        foreach (var (name, value) in version.Headers)
            headers[name] = value;
        if (!version.Headers.ContainsKey("content-type"))
            headers.ContentType = "binary/octet-stream";
        foreach (var name in Overrides)
        {
            if (context.Query.GetValueOrDefault($"response-{name}") is not { } value)
                continue;
            if (context.Caller.Account is null)
            {
                throw S3Failure.InvalidRequest(
                    "Request specific response headers cannot be used for anonymous GET requests.");
            }

            if (value.Any(letter => letter is < ' ' or '\x7f'))
                throw S3Failure.InvalidArgument($"response-{name} can't be a header.");
            headers[name] = value;
        }

        if (version.Tags.Length > 0)
            headers["x-amz-tagging-count"] = TagSet.Parse(version.Tags).Count.ToString(CultureInfo.InvariantCulture);
        if (version.Lock.Mode is { } mode)
        {
            headers["x-amz-object-lock-mode"] = mode;
            headers["x-amz-object-lock-retain-until-date"] = S3Element.Time(version.Lock.Until);
        }

        if (version.Lock.HasLegalHold)
            headers["x-amz-object-lock-legal-hold"] = "ON";
    }

    static void AddChecksum(IHeaderDictionary headers, ObjectChecksum? sent)
    {
        if (sent is not { } checksum)
            return;
        headers[$"x-amz-checksum-{checksum.Algorithm.ToLowerInvariant()}"] = checksum.Value;
        headers["x-amz-checksum-type"] = checksum.IsComposite ? "COMPOSITE" : "FULL_OBJECT";
    }

    /// <summary>Whether the bytes are to be sent; else the client has them.</summary>
    static bool Holds(IHeaderDictionary request, ObjectVersion version)
    {
        if (request.IfMatch.Count > 0)
        {
            if (!ObjectHeaders.Tags(request.IfMatch.ToString()).Any(tag => tag == "*" || tag == version.ETag))
                throw Failed("If-Match");
        }
        else if (ObjectHeaders.Time(request.IfUnmodifiedSince) is { } before
            && version.ModifiedAt.ToUnixTimeSeconds() > before.ToUnixTimeSeconds())
        {
            throw Failed("If-Unmodified-Since");
        }

        if (request.IfNoneMatch.Count > 0)
            return !ObjectHeaders.Tags(request.IfNoneMatch.ToString()).Any(tag => tag == "*" || tag == version.ETag);
        return ObjectHeaders.Time(request.IfModifiedSince) is not { } after
            || version.ModifiedAt.ToUnixTimeSeconds() > after.ToUnixTimeSeconds();
    }

    /// <summary>Where a part is, and its checksum; what was put as one is its own first part.</summary>
    static (ByteRange Range, ObjectChecksum? Checksum) Part(
        IHeaderDictionary headers, ObjectVersion version, string text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > BucketRules.PartNumberMax)
        {
            throw S3Failure.InvalidArgument($"Part numbers are between 1 and {BucketRules.PartNumberMax}");
        }

        var isUpload = version.Parts.Count > 0 && version.Parts[0].Number > 0;
        var index = isUpload ? number - 1 : 0;
        if (index >= version.Parts.Count || (!isUpload && number != 1))
            throw new S3Exception(416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
        var found = version.Parts[index];
        var range = new ByteRange(version.Parts.Take(index).Sum(part => part.SizeBytes), found.SizeBytes);
        if (!isUpload)
            return (range, version.Checksum);
        headers["x-amz-mp-parts-count"] = version.Parts.Count.ToString(CultureInfo.InvariantCulture);
        return (range, found.Checksum.Length > 0 && version.Checksum is { } whole
            ? whole with { Value = found.Checksum } : null);
    }

    static System.Xml.Linq.XElement? Parts(IHeaderDictionary request, ObjectVersion version)
    {
        if (version.Parts.Count == 0 || version.Parts[0].Number == 0)
            return null;
        var after = Number(request["x-amz-part-number-marker"].ToString(), 0);
        var max = Math.Min(Number(request["x-amz-max-parts"].ToString(), BucketRules.PageMax), BucketRules.PageMax);
        var rest = version.Parts.Where(part => part.Number > after).ToList();
        var page = rest.Take(max).ToList();
        return S3Element.New(
            "ObjectParts", S3Element.New("PartsCount", version.Parts.Count),
            S3Element.New("PartNumberMarker", after),
            S3Element.New("NextPartNumberMarker", page.Count > 0 ? page[^1].Number : after),
            S3Element.New("MaxParts", max), S3Element.New("IsTruncated", rest.Count > page.Count),
            page.Select(part => S3Element.New(
                "Part", S3Element.New("PartNumber", part.Number), S3Element.New("Size", part.SizeBytes),
                version.Checksum is { } checksum && part.Checksum.Length > 0
                    ? S3Element.New($"Checksum{checksum.Algorithm}", part.Checksum) : null)));
    }

    static int Number(string text, int otherwise) =>
        text.Length == 0 ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw S3Failure.InvalidArgument("A number was expected");

    static S3Exception Failed(string condition) => new(
        412, "PreconditionFailed", $"At least one of the pre-conditions you specified did not hold: {condition}");
}
