using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Pages of keys, versions and uploads.</summary>
static class ListOperations
{
    /// <summary>ListObjects, the first form.</summary>
    public static async Task FirstAsync(S3Context context, CancellationToken cancellationToken)
    {
        var marker = context.Query.GetValueOrDefault("marker", "");
        var (query, page, state) = await KeysAsync(context, marker, cancellationToken).ConfigureAwait(false);
        var root = Begin(context, "ListBucketResult", query);
        root.Add(S3Element.New("Marker", Encode(context, marker)), S3Element.New("IsTruncated", page.IsTruncated));
        if (page.IsTruncated && query.Delimiter.Length > 0)
            root.Add(S3Element.New("NextMarker", Encode(context, page.Next)));
        var owners = await OwnersAsync(context, state, cancellationToken).ConfigureAwait(false);
        foreach (var version in page.Versions)
            root.Add(Content(context, version, owners));
        AddPrefixes(context, root, page.CommonPrefixes);
        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>ListObjectsV2.</summary>
    public static async Task SecondAsync(S3Context context, CancellationToken cancellationToken)
    {
        var token = context.Query.GetValueOrDefault("continuation-token");
        var after = context.Query.GetValueOrDefault("start-after", "");
        var (query, page, state) = await KeysAsync(
            context, token is null ? after : Token(token), cancellationToken).ConfigureAwait(false);
        var root = Begin(context, "ListBucketResult", query);
        root.Add(
            S3Element.New("KeyCount", page.Versions.Count + page.CommonPrefixes.Count),
            S3Element.New("IsTruncated", page.IsTruncated));
        if (token is not null)
            root.Add(S3Element.New("ContinuationToken", token));
        if (page.IsTruncated)
            root.Add(S3Element.New("NextContinuationToken", ToToken(page.Next)));
        if (after.Length > 0)
            root.Add(S3Element.New("StartAfter", Encode(context, after)));
        var owners = context.Query.GetValueOrDefault("fetch-owner") == "true"
            ? await OwnersAsync(context, state, cancellationToken).ConfigureAwait(false) : null;
        foreach (var version in page.Versions)
            root.Add(Content(context, version, owners));
        AddPrefixes(context, root, page.CommonPrefixes);
        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    public static async Task VersionsAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.RequireAsync(context, "ListBucketVersions", "READ", cancellationToken)
            .ConfigureAwait(false);
        var marker = context.Query.GetValueOrDefault("key-marker", "");
        var versionMarker = context.Query.GetValueOrDefault("version-id-marker", "");
        if (marker.Length == 0 && versionMarker.Length > 0)
            throw S3Failure.InvalidArgument("A version-id marker cannot be specified without a key marker.");
        var query = Query(context, marker) with { AfterVersion = versionMarker };
        var page = await context.Workspace.Buckets.ListVersionsAsync(context.Bucket!, query, cancellationToken)
            .ConfigureAwait(false);
        var root = Begin(context, "ListVersionsResult", query);
        root.Add(
            S3Element.New("KeyMarker", Encode(context, marker)), S3Element.New("VersionIdMarker", versionMarker),
            S3Element.New("IsTruncated", page.IsTruncated));
        if (page.IsTruncated)
        {
            root.Add(S3Element.New("NextKeyMarker", Encode(context, page.Next)));
            if (page.NextVersion.Length > 0)
                root.Add(S3Element.New("NextVersionIdMarker", page.NextVersion));
        }

        var owners = await OwnersAsync(context, state, cancellationToken).ConfigureAwait(false);
        foreach (var version in page.Versions)
            root.Add(VersionElement(context, version, owners!));
        AddPrefixes(context, root, page.CommonPrefixes);
        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    public static async Task UploadsAsync(S3Context context, CancellationToken cancellationToken)
    {
        await BucketAccess.RequireAsync(context, "ListBucketMultipartUploads", "READ", cancellationToken)
            .ConfigureAwait(false);
        var marker = context.Query.GetValueOrDefault("key-marker", "");
        var uploadMarker = context.Query.GetValueOrDefault("upload-id-marker", "");
        var query = Query(context, marker) with
        {
            AfterVersion = uploadMarker,
            Max = Count(context, "max-uploads", BucketRules.PageMax),
        };
        var page = await context.Workspace.Buckets.ListUploadsAsync(context.Bucket!, query, cancellationToken)
            .ConfigureAwait(false);
        var root = S3Element.New(
            "ListMultipartUploadsResult", S3Element.New("Bucket", context.Bucket),
            S3Element.New("KeyMarker", Encode(context, marker)), S3Element.New("UploadIdMarker", uploadMarker),
            S3Element.New("Prefix", Encode(context, query.Prefix)),
            query.Delimiter.Length > 0 ? S3Element.New("Delimiter", Encode(context, query.Delimiter)) : null,
            S3Element.New("MaxUploads", query.Max), S3Element.New("IsTruncated", page.IsTruncated));
        AddEncoding(context, root);
        if (page.IsTruncated)
        {
            root.Add(
                S3Element.New("NextKeyMarker", Encode(context, page.NextKey)),
                S3Element.New("NextUploadIdMarker", page.NextUploadId));
        }

        var owners = await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);
        foreach (var upload in page.Uploads)
        {
            root.Add(S3Element.New(
                "Upload", S3Element.New("Key", Encode(context, upload.Key)), S3Element.New("UploadId", upload.Id),
                owners.Element("Initiator", upload.Owner), owners.Owner(upload.Owner),
                S3Element.New("StorageClass", "STANDARD"),
                S3Element.New("Initiated", S3Element.Time(upload.CreatedAt))));
        }

        AddPrefixes(context, root, page.CommonPrefixes);
        await S3Xml.WriteAsync(context, root, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A number of the query between 0 and a limit; more means the limit.</summary>
    public static int Count(S3Context context, string name, int max)
    {
        if (context.Query.GetValueOrDefault(name) is not { } text || (text.Length == 0 && name == "max-keys"))
            return max;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? Math.Min(count, max)
            : throw S3Failure.InvalidArgument($"Provided {name} not an integer or within integer range");
    }

    public static string ToToken(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public static string Token(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        }
        catch (FormatException)
        {
            throw S3Failure.InvalidArgument("The continuation token provided is incorrect");
        }
    }

    public static string Encode(S3Context context, string text) =>
        context.Query.GetValueOrDefault("encoding-type") == "url"
            ? Uri.EscapeDataString(text).Replace("%2F", "/")
            : text;

    static async Task<(ListQuery Query, ObjectPage Page, BucketState State)> KeysAsync(
        S3Context context, string after, CancellationToken cancellationToken)
    {
        if (context.Bucket == VersionBucket.Name)
        {
            var view = Query(context, after);
            return (view, await context.Workspace.VersionView.ListAsync(view, cancellationToken).ConfigureAwait(false),
                VersionOperations.State);
        }

        var state = await BucketAccess.RequireAsync(context, "ListBucket", "READ", cancellationToken)
            .ConfigureAwait(false);
        var query = Query(context, after);
        var page = await context.Workspace.Buckets.ListAsync(context.Bucket!, query, cancellationToken)
            .ConfigureAwait(false);
        return (query, page, state);
    }

    static ListQuery Query(S3Context context, string after)
    {
        if (context.Query.GetValueOrDefault("encoding-type") is { } encoding && encoding is not ("url" or ""))
            throw S3Failure.InvalidArgument("Invalid Encoding Method specified in Request");
        var query = new ListQuery
        {
            Prefix = context.Query.GetValueOrDefault("prefix", ""),
            Delimiter = context.Query.GetValueOrDefault("delimiter", ""),
            After = after,
            Max = Count(context, "max-keys", BucketRules.PageMax),
        };
        // No key holds a NUL, and no database text does.
        return (query.Prefix + query.After).Contains('\0')
            ? throw S3Failure.InvalidArgument("A NUL is in no key")
            : query;
    }

    static XElement Begin(S3Context context, string name, ListQuery query)
    {
        var root = S3Element.New(
            name, S3Element.New("Name", context.Bucket), S3Element.New("Prefix", Encode(context, query.Prefix)),
            S3Element.New("MaxKeys", query.Max));
        if (query.Delimiter.Length > 0)
            root.Add(S3Element.New("Delimiter", Encode(context, query.Delimiter)));
        AddEncoding(context, root);
        return root;
    }

    static void AddEncoding(S3Context context, XElement root)
    {
        if (context.Query.GetValueOrDefault("encoding-type") == "url")
            root.Add(S3Element.New("EncodingType", "url"));
    }

    // The view of versions is nobody's.
    static async Task<OwnerNames?> OwnersAsync(
        S3Context context, BucketState state, CancellationToken cancellationToken) => state.Bucket.Owner.Length == 0
        ? null : await OwnerNames.LoadAsync(context, cancellationToken).ConfigureAwait(false);

    static void AddPrefixes(S3Context context, XElement root, IReadOnlyList<string> prefixes)
    {
        foreach (var prefix in prefixes)
            root.Add(S3Element.New("CommonPrefixes", S3Element.New("Prefix", Encode(context, prefix))));
    }

    static XElement Content(S3Context context, ObjectVersion version, OwnerNames? owners)
    {
        var content = S3Element.New(
            "Contents", S3Element.New("Key", Encode(context, version.Key)),
            S3Element.New("LastModified", S3Element.Time(version.ModifiedAt)),
            S3Element.New("ETag", S3Element.Quoted(version.ETag)), S3Element.New("Size", version.SizeBytes),
            S3Element.New("StorageClass", "STANDARD"));
        AddChecksum(content, version);
        if (owners is not null)
            content.Add(owners.Owner(version.Owner));
        return content;
    }

    static XElement VersionElement(S3Context context, ObjectVersion version, OwnerNames owners)
    {
        var element = S3Element.New(
            version.IsMarker ? "DeleteMarker" : "Version", S3Element.New("Key", Encode(context, version.Key)),
            S3Element.New("VersionId", version.VersionId), S3Element.New("IsLatest", version.IsLatest),
            S3Element.New("LastModified", S3Element.Time(version.ModifiedAt)));
        if (!version.IsMarker)
        {
            element.Add(
                S3Element.New("ETag", S3Element.Quoted(version.ETag)), S3Element.New("Size", version.SizeBytes),
                S3Element.New("StorageClass", "STANDARD"));
            AddChecksum(element, version);
        }

        element.Add(owners.Owner(version.Owner));
        return element;
    }

    static void AddChecksum(XElement element, ObjectVersion version)
    {
        if (version.Checksum is not { } checksum)
            return;
        element.Add(
            S3Element.New("ChecksumAlgorithm", checksum.Algorithm),
            S3Element.New("ChecksumType", checksum.IsComposite ? "COMPOSITE" : "FULL_OBJECT"));
    }
}
