using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace Millrace.Objects.Backends;

partial class S3Backend
{
    /// <summary>The files whose name begins with the prefix, in the order of their bytes, with their tags.</summary>
    /// <param name="prefix">What their names begin with.</param>
    /// <param name="after">Only names after this one; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<List<BackendFile>> FilesAsync(string prefix, string? after, CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = _address.Bucket,
            Prefix = _prefix + prefix,
            StartAfter = after is null ? null : _prefix + after,
        };
        var files = new List<BackendFile>();
        while (true)
        {
            var page = await PageAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
            {
                if (found.Key.StartsWith(_prefix, StringComparison.Ordinal))
                {
                    files.Add(new BackendFile(
                        found.Key[_prefix.Length..], found.Size ?? 0, found.ETag ?? "", Time(found.LastModified)));
                }
            }

            if (page.IsTruncated != true || string.IsNullOrEmpty(page.NextContinuationToken))
                return files;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <summary>The first parts, up to a slash, of the names that are there.</summary>
    public async Task<List<string>> FoldersAsync(CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _address.Bucket, Prefix = _prefix, Delimiter = "/" };
        var folders = new List<string>();
        while (true)
        {
            var page = await PageAsync(request, cancellationToken).ConfigureAwait(false);
            folders.AddRange((page.CommonPrefixes ?? [])
                .Where(prefix => prefix.StartsWith(_prefix, StringComparison.Ordinal))
                .Select(prefix => prefix[_prefix.Length..].TrimEnd('/')));
            if (page.IsTruncated != true || string.IsNullOrEmpty(page.NextContinuationToken))
                return folders;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <summary>What there is of a file; null when it is not there.</summary>
    public async Task<BackendFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = _address.Bucket, Key = Key(name) };
        try
        {
            var found = await _client.GetObjectMetadataAsync(request, cancellationToken).ConfigureAwait(false);
            return new BackendFile(name, found.ContentLength, found.ETag ?? "", Time(found.LastModified));
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception exception) when (IsOfWorld(exception, cancellationToken))
        {
            throw Translate(exception, $"tell of '{name}'");
        }
    }

    Task<ListObjectsV2Response> PageAsync(ListObjectsV2Request request, CancellationToken cancellationToken) =>
        AskAsync(
            "list its files", () => _client.ListObjectsV2Async(request, cancellationToken), cancellationToken);

    static DateTimeOffset Time(DateTime? time) => time is { } known
        ? new DateTimeOffset(known.ToUniversalTime(), TimeSpan.Zero) : DateTimeOffset.UnixEpoch;
}
