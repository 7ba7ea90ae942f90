using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Millrace.App.Serving;
using Millrace.Buckets.Signing;

namespace Millrace.App.Buckets;

/// <summary>From a request on the wire to an operation, and from its failure to an answer: signature, target, payload,
/// operation, error.</summary>
/// <param name="workspace">What is served.</param>
/// <param name="operation">Does what the request asks for.</param>
/// <param name="domains">Under each of these a bucket's name is a host.</param>
/// <param name="limits">What a client may take.</param>
/// <param name="time">The clock that signatures are compared with.</param>
/// <param name="logger">Told of failures that are the server's.</param>
sealed class S3Pipeline(
    Workspace workspace,
    Func<S3Context, CancellationToken, Task> operation,
    IReadOnlyList<string> domains,
    ServerLimits limits,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>How many requests are worked on at once. Each holds a few buffers, so this bounds memory; more are
    /// told to come again.</summary>
    public const int MaxRequestsAtOnce = 512;

    /// <summary>How many of them may be nobody's: whoever has no key cannot keep out who has one.</summary>
    public const int MaxAnonymousAtOnce = MaxRequestsAtOnce / 2;

    const int RequestIdSize = 8;
    const string ServerName = "Millrace";

    readonly S3Authentication _authentication = new(workspace.Access, time);
    readonly string _hostId = Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
    int _running;
    int _anonymous;

    public async Task HandleAsync(HttpContext http)
    {
        var requestId = Convert.ToHexString(RandomNumberGenerator.GetBytes(RequestIdSize));
        Identify(http.Response, requestId);
        try
        {
            if (Interlocked.Increment(ref _running) > MaxRequestsAtOnce)
            {
                throw Busy();
            }

            await HandleAsync(http, requestId).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
        catch (Exception exception)
        {
            // The rim of the server: every failure is an answer.
            await AnswerAsync(http, requestId, exception).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    async Task HandleAsync(HttpContext http, string requestId)
    {
        var cancellationToken = http.RequestAborted;
        var request = Read(http);
        var target = S3Target.Parse(request.Path, request.Header("host") ?? "", domains);
        // Whether a page may ask is asked without a key, also at an address that is presigned for another method.
        var identity = HttpMethods.IsOptions(request.Method)
            ? new S3Identity(S3Caller.Anonymous, null, null)
            : await _authentication.AuthenticateAsync(request, target.HostBucket, cancellationToken)
                .ConfigureAwait(false);
        if (identity.Caller.AccessKeyId is not null)
        {
            await HandleAsync(http, requestId, request, target, identity, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _anonymous) > MaxAnonymousAtOnce)
            {
                throw Busy();
            }

            await HandleAsync(http, requestId, request, target, identity, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _anonymous);
        }
    }

    async Task HandleAsync(
        HttpContext http, string requestId, SignedRequest request, S3Target target, S3Identity identity,
        CancellationToken cancellationToken)
    {
        var payload = S3Payload.Open(request, identity, http.Request, target);
        await using var body = new S3Body(payload.Stream);
        var context = new S3Context
        {
            Http = http,
            Workspace = workspace,
            Bucket = target.Bucket,
            Key = target.Key,
            Caller = identity.Caller,
            RequestId = requestId,
            Body = body,
            DecodedLength = payload.DecodedLength,
            Query = FirstValues(request.Parameters),
            BlockTimeout = limits.BlockTimeout,
            Digests = new PayloadDigests(payload.Stream),
            ContentEncoding = WithoutChunking(request.Headers.GetValueOrDefault("content-encoding")),
            VerifyForm = _authentication.AuthenticateFormAsync,
        };
        if (payload.DecodedLength == 0)
        {
            // Nobody reads an empty payload, and still its digests must be right.
            _ = await body.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
        }

        await operation(context, cancellationToken).ConfigureAwait(false);
    }

    static SignedRequest Read(HttpContext http)
    {
        var (path, query) = S3Target.Split(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var headers = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, values) in http.Request.Headers)
        {
            headers[name.ToLowerInvariant()] = [.. values.Select(value => value ?? "")];
        }

        return new SignedRequest(http.Request.Method, path, query, headers);
    }

    static S3Exception Busy() => new(503, "SlowDown", "Please reduce your request rate.");

    void Identify(HttpResponse response, string requestId)
    {
        response.Headers["x-amz-request-id"] = requestId;
        response.Headers["x-amz-id-2"] = _hostId;
        response.Headers.Server = ServerName;
    }

    async Task AnswerAsync(HttpContext http, string requestId, Exception exception)
    {
        if (S3Errors.IsOurs(exception))
        {
            logger.LogError(
                exception, "Request {RequestId} ({Method}) failed.", requestId, http.Request.Method);
        }

        if (http.Response.HasStarted)
        {
            // The client must not take what it got for the whole.
            http.Abort();
            return;
        }

        var error = S3Errors.From(exception);
        http.Response.Clear();
        Identify(http.Response, requestId);
        http.Response.StatusCode = error.Status;
        foreach (var (name, value) in error.Headers)
        {
            http.Response.Headers[name] = value;
        }

        if (HttpMethods.IsHead(http.Request.Method) || error.Status is 304 or 204)
        {
            return;
        }

        try
        {
            await S3Xml.WriteAsync(http, ErrorElement(http, requestId, error), http.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (Exception late) when (late is IOException or OperationCanceledException)
        {
            http.Abort();
        }
    }

    XElement ErrorElement(HttpContext http, string requestId, S3Exception error)
    {
        var (path, _) = S3Target.Split(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        return new XElement(
            "Error",
            new XElement("Code", error.Code),
            new XElement("Message", error.Message),
            error.Fields.Select(field => new XElement(field.Key, field.Value)),
            new XElement("Resource", path),
            new XElement("RequestId", requestId),
            new XElement("HostId", _hostId));
    }

    static Dictionary<string, string> FirstValues(IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        var values = new Dictionary<string, string>(parameters.Count, StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            values.TryAdd(name, value);
        }

        return values;
    }

    static string? WithoutChunking(IReadOnlyList<string>? values)
    {
        var codings = (values ?? []).SelectMany(value => value.Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(coding => !coding.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase)).ToList();
        return codings.Count == 0 ? null : string.Join(',', codings);
    }
}
