using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Millrace.Objects.Backends;

/// <summary>A remote in a bucket of AWS or of any service that speaks S3.</summary>
/// <remarks>A file above <see cref="PartSize"/> goes up in parts, a few at a time, each from a buffer of its own, so
/// that a part can be sent again and memory stays constant. Payloads are signed with their SHA-256, which the service
/// checks. Conditional writes are never repeated by the client: a lost answer to the first would make the second say
/// that somebody else was there.</remarks>
sealed partial class S3Backend : IObjectBackend
{
    public const int PartSize = 8 << 20;

    /// <summary>Parts that are under way at once.</summary>
    const int PartsMax = 2;

    /// <summary>How often a request is sent at most; the SDK waits longer each time.</summary>
    const int AttemptsMax = 5;

    /// <summary>How often the body of an answer is read at most.</summary>
    const int ReadAttemptsMax = 3;

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    readonly RemoteSettings _settings;
    readonly BackendAddress _address;
    readonly AmazonS3Client _client;
    readonly AmazonS3Client _conditional;
    readonly string _prefix;

    /// <param name="address">An S3 address.</param>
    /// <param name="settings">How it is reached.</param>
    /// <param name="keys">Credentials that stand before those that the settings name; null for none.</param>
    /// <exception cref="MillraceException"><c>remote-credentials</c>, <c>remote-url-invalid</c>.</exception>
    public S3Backend(BackendAddress address, RemoteSettings settings, S3KeyPair? keys = null)
    {
        _address = address;
        _settings = settings;
        _prefix = address.Path.Length == 0 ? "" : address.Path + "/";
        var credentials = keys?.Credentials ?? S3Credentials.Find(settings, Description);
        _client = Connect(credentials, AttemptsMax - 1);
        _conditional = Connect(credentials, 0);
    }

    public string Description =>
        _settings.Endpoint is { } endpoint ? $"{_address} at {endpoint}" : _address.ToString();

    public async IAsyncEnumerable<BackendEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _address.Bucket, Prefix = _prefix + prefix };
        while (true)
        {
            var page = await PageAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
            {
                if (found.Key.StartsWith(_prefix, StringComparison.Ordinal))
                    yield return new BackendEntry(found.Key[_prefix.Length..], found.Size ?? 0);
            }

            if (page.IsTruncated != true || string.IsNullOrEmpty(page.NextContinuationToken))
                yield break;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    public async Task<BackendValue?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = _address.Bucket, Key = Key(name) };
        return await ReadBodyAsync<BackendValue?>(
            name, request,
            async answer =>
            {
                if (answer.ContentLength > BackendValue.SizeMax)
                    throw BackendErrors.Large(Description, name, answer.ContentLength);
                var bytes = new byte[answer.ContentLength];
                await answer.ResponseStream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
                return new BackendValue(bytes, answer.ETag);
            },
            isOptional: true, cancellationToken).ConfigureAwait(false);
    }

    public Task<int> ReadAsync(
        string name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        ReadAsync(name, null, offset, target, cancellationToken);

    /// <summary>As the other, of one content of a file that others may replace meanwhile.</summary>
    /// <param name="name">The file.</param>
    /// <param name="tag">What <see cref="StatAsync"/> told of the content; null for any.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="target">What is filled.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>source-changed</c>: it has other content now.</exception>
    public async Task<int> ReadAsync(
        string name, string? tag, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (target.IsEmpty)
            return 0;
        var request = new GetObjectRequest
        {
            BucketName = _address.Bucket,
            Key = Key(name),
            ByteRange = new ByteRange(offset, offset + target.Length - 1),
            EtagToMatch = tag,
        };
        return await ReadBodyAsync(
            name, request,
            async answer =>
            {
                // A service may not know the condition.
                if (tag is not null && answer.ETag is { Length: > 0 } now && now != tag)
                    throw BackendErrors.Changed(Description, name);
                // A service that does not know ranges would give the file from its beginning.
                if (answer.HttpStatusCode != HttpStatusCode.PartialContent && offset > 0)
                    throw new IOException("the service ignored the range that was asked for");
                var wanted = (int)Math.Min(answer.ContentLength, target.Length);
                await answer.ResponseStream.ReadExactlyAsync(target[..wanted], cancellationToken)
                    .ConfigureAwait(false);
                return wanted;
            },
            isOptional: false, cancellationToken).ConfigureAwait(false);
    }

    public Task<bool> TryPutAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        TryWriteAsync(name, bytes, request => request.IfNoneMatch = "*", cancellationToken);

    public Task<bool> TryReplaceAsync(
        string name, ReadOnlyMemory<byte> bytes, string tag, CancellationToken cancellationToken) =>
        TryWriteAsync(name, bytes, request => request.IfMatch = tag, cancellationToken);

    public async Task<bool> TryDeleteAsync(string name, string tag, CancellationToken cancellationToken)
    {
        // A delete of what is not there succeeds, and a service may not know conditional ones.
        if ((await ReadAsync(name, cancellationToken).ConfigureAwait(false))?.Tag != tag)
            return false;
        var request = new DeleteObjectRequest { BucketName = _address.Bucket, Key = Key(name), IfMatch = tag };
        return await TryAskAsync(
            $"delete '{name}'", () => _conditional.DeleteObjectAsync(request, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Whether the file is not what a condition asks for; a bucket that is missing is no answer to that.
    /// </summary>
    static bool IsConditionUnmet(AmazonS3Exception exception) =>
        exception.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict
        || (exception.StatusCode == HttpStatusCode.NotFound && exception.ErrorCode != "NoSuchBucket");

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var request = new DeleteObjectRequest { BucketName = _address.Bucket, Key = Key(name) };
        await AskAsync(
            $"delete '{name}'", () => _client.DeleteObjectAsync(request, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    public void Dispose()
    {
        _client.Dispose();
        _conditional.Dispose();
    }

    /// <summary>A file's size and what tells its content apart.</summary>
    /// <exception cref="MillraceException"><c>remote-file-missing</c>.</exception>
    public async Task<(long SizeBytes, string Tag, string? Version)> StatAsync(
        string name, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = _address.Bucket, Key = Key(name) };
        try
        {
            var found = await _client.GetObjectMetadataAsync(request, cancellationToken).ConfigureAwait(false);
            return (found.ContentLength, found.ETag, string.IsNullOrEmpty(found.VersionId) ? null : found.VersionId);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            throw BackendErrors.FileMissing(Description, name);
        }
        catch (Exception exception) when (IsOfWorld(exception, cancellationToken))
        {
            throw Translate(exception, $"tell of '{name}'");
        }
    }

    async Task<bool> TryWriteAsync(
        string name, ReadOnlyMemory<byte> bytes, Action<PutObjectRequest> condition,
        CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(bytes.ToArray());
        var request = new PutObjectRequest
        {
            BucketName = _address.Bucket,
            Key = Key(name),
            InputStream = stream,
            UseChunkEncoding = false,
            AutoCloseStream = false,
        };
        condition(request);
        return await TryAskAsync(
            $"write '{name}'", () => _conditional.PutObjectAsync(request, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Asks for what is done on a condition.</summary>
    /// <returns>Whether it was met.</returns>
    async Task<bool> TryAskAsync(string what, Func<Task> ask, CancellationToken cancellationToken)
    {
        try
        {
            await ask().ConfigureAwait(false);
            return true;
        }
        catch (AmazonS3Exception exception) when (IsConditionUnmet(exception))
        {
            return false;
        }
        catch (Exception exception) when (IsOfWorld(exception, cancellationToken))
        {
            throw Translate(exception, what);
        }
    }

    async Task<T> ReadBodyAsync<T>(
        string name, GetObjectRequest request, Func<GetObjectResponse, Task<T>> read, bool isOptional,
        CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var answer = await _client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
                return await read(answer).ConfigureAwait(false);
            }
            catch (AmazonS3Exception exception) when (exception.ErrorCode == "NoSuchBucket")
            {
                throw BackendErrors.Missing(Description, exception);
            }
            catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
            {
                return isOptional ? default! : throw BackendErrors.FileMissing(Description, name);
            }
            catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                throw BackendErrors.Changed(Description, name);
            }
            catch (AmazonS3Exception exception)
                when (exception.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && typeof(T) == typeof(int))
            {
                return default!;
            }
            catch (Exception exception)
                when (exception is IOException or HttpRequestException && attempt < ReadAttemptsMax)
            {
                // The connection broke in the middle of the body, which the SDK does not repeat.
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch (Exception exception) when (IsOfWorld(exception, cancellationToken))
            {
                throw Translate(exception, $"give '{name}'");
            }
        }
    }

    async Task<T> AskAsync<T>(string what, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfWorld(exception, cancellationToken))
        {
            throw Translate(exception, what);
        }
    }

    static bool IsOfWorld(Exception exception, CancellationToken cancellationToken) =>
        exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException
            or TimeoutException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>What the SDK says before it names, in many lines, each place that it looked at.</summary>
    internal static string FirstSentence(string message)
    {
        var end = message.IndexOfAny(['\r', '\n']);
        var line = end < 0 ? message : message[..end];
        var point = line.IndexOf(". ", StringComparison.Ordinal);
        return (point < 0 ? line : line[..point]).TrimEnd(' ', ':', '.') + ".";
    }

    MillraceException Translate(Exception exception, string what) => exception switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => BackendErrors.Missing(Description, exception),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } =>
            BackendErrors.Denied(Description, what, exception),
        AmazonClientException when exception.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) =>
            BackendErrors.Credentials(Description, FirstSentence(exception.Message), exception),
        _ => BackendErrors.Unavailable(Description, what, exception),
    };

    string Key(string name)
    {
        BackendName.Check(name);
        return _prefix + name;
    }

    AmazonS3Client Connect(AWSCredentials? credentials, int retries)
    {
        var config = new AmazonS3Config
        {
            Timeout = Timeout,
            MaxErrorRetry = retries,
            RetryMode = RequestRetryMode.Standard,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (_settings.Endpoint is { } endpoint)
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
                || uri.UserInfo.Length > 0)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "remote-url-invalid",
                    $"The endpoint of remote '{_address}' is no address of a service.",
                    "Write http://host:port or https://host, without credentials.");
            }

            config.ServiceURL = endpoint;
            config.AuthenticationRegion = _settings.Region ?? "us-east-1";
        }
        else if (_settings.Region is { } region)
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region);
        }

        config.ForcePathStyle = _settings.PathStyle ?? _settings.Endpoint is not null;
        try
        {
            return credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
        }
        catch (AmazonClientException exception)
        {
            throw BackendErrors.Credentials(Description, FirstSentence(exception.Message), exception);
        }
    }
}
