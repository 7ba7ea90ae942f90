using Microsoft.AspNetCore.Http;

namespace Millrace.App.Buckets;

/// <summary>What the engine's errors are called in the S3 protocol.</summary>
static class S3Errors
{
    static readonly Dictionary<string, (int Status, string Code)> Known = new(StringComparer.Ordinal)
    {
        ["authorization-malformed"] = (400, "AuthorizationHeaderMalformed"),
        ["authorization-invalid"] = (400, "InvalidArgument"),
        ["presign-malformed"] = (400, "AuthorizationQueryParametersError"),
        ["presign-expired"] = (403, "AccessDenied"),
        ["header-unsigned"] = (403, "AccessDenied"),
        ["header-repeated"] = (400, "InvalidRequest"),
        ["signature-mismatch"] = (403, "SignatureDoesNotMatch"),
        ["request-time-skewed"] = (403, "RequestTimeTooSkewed"),
        ["request-date-missing"] = (403, "AccessDenied"),
        ["payload-hash-missing"] = (400, "InvalidRequest"),
        ["payload-hash-mismatch"] = (400, "XAmzContentSHA256Mismatch"),
        ["digest-mismatch"] = (400, "BadDigest"),
        ["digest-malformed"] = (400, "InvalidDigest"),
        ["body-incomplete"] = (400, "IncompleteBody"),
        ["body-too-long"] = (400, "IncompleteBody"),
        ["chunk-malformed"] = (400, "InvalidChunkSizeError"),
        ["trailer-malformed"] = (400, "MalformedTrailerError"),
        ["uri-malformed"] = (400, "InvalidURI"),
        ["disk-full"] = (507, "InsufficientStorage"),
    };

    public static S3Exception From(Exception exception) => exception switch
    {
        S3Exception known => known,
        MillraceException failure => From(failure),
        BadHttpRequestException bad => From(bad),
        IOException => Incomplete(),
        _ => Internal(),
    };

    /// <summary>Whether the cause is here and not with the client, so that it belongs in the log.</summary>
    public static bool IsOurs(Exception exception) => exception switch
    {
        MillraceException failure => failure.Kind is ErrorKind.Corrupt or ErrorKind.Unavailable,
        S3Exception or BadHttpRequestException or OperationCanceledException => false,
        _ => true,
    };

    static S3Exception From(MillraceException failure)
    {
        if (failure.Kind is ErrorKind.Corrupt or ErrorKind.Unavailable)
        {
            // Its message names files and is for the log; a stranger reads this one.
            return Known.TryGetValue(failure.Code, out var ours)
                ? new S3Exception(ours.Status, ours.Code, "The server has no room left.")
                : failure.Kind == ErrorKind.Corrupt ? Internal()
                    : new S3Exception(503, "SlowDown", "Please reduce your request rate.");
        }

        var (status, code) = Known.GetValueOrDefault(failure.Code, failure.Kind switch
        {
            ErrorKind.NotFound => (404, "NoSuchKey"),
            ErrorKind.Conflict => (409, "OperationAborted"),
            _ => (400, "InvalidArgument"),
        });
        return new S3Exception(status, code, failure.Message);
    }

    static S3Exception From(BadHttpRequestException bad) => bad.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new S3Exception(
            400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size."),
        StatusCodes.Status408RequestTimeout => new S3Exception(
            400, "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout period."),
        _ => Incomplete(),
    };

    static S3Exception Incomplete() => new(
        400, "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header.");

    static S3Exception Internal() => new(
        500, "InternalError", "We encountered an internal error. Please try again.");
}
