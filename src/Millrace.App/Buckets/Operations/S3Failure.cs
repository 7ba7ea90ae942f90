namespace Millrace.App.Buckets.Operations;

/// <summary>The refusals of the engine in the words of S3.</summary>
static class S3Failure
{
    public static S3Exception AccessDenied => new(403, "AccessDenied", "Access Denied");

    public static S3Exception Of(MillraceException failure) => failure.Code switch
    {
        "bucket-name" => New(failure, 400, "InvalidBucketName"),
        "bucket-exists" => New(failure, 409, "BucketAlreadyExists"),
        "bucket-owned" => New(failure, 409, "BucketAlreadyOwnedByYou"),
        "bucket-missing" => New(failure, 404, "NoSuchBucket"),
        "bucket-not-empty" => New(failure, 409, "BucketNotEmpty"),
        "versioning-locked" or "lock-versioning" => New(failure, 409, "InvalidBucketState"),
        "key-missing" => New(failure, 404, "NoSuchKey"),
        "key-long" => New(failure, 400, "KeyTooLongError"),
        "key-invalid" => New(failure, 400, "InvalidArgument"),
        "body-long" => New(failure, 400, "IncompleteBody"),
        "object-version-missing" => New(failure, 404, "NoSuchVersion"),
        "upload-missing" => New(failure, 404, "NoSuchUpload"),
        "upload-empty" => New(failure, 400, "MalformedXML"),
        "part-number" => New(failure, 400, "InvalidArgument"),
        "part-order" => New(failure, 400, "InvalidPartOrder"),
        "part-wrong" => New(failure, 400, "InvalidPart"),
        "checksum-wrong" => New(failure, 400, "BadDigest"),
        "part-small" => New(failure, 400, "EntityTooSmall"),
        "precondition-failed" => New(failure, 412, "PreconditionFailed"),
        "object-locked" => New(failure, 403, "AccessDenied"),
        "disk-full" => New(failure, 507, "InsufficientStorage"),
        "catalog-busy" => New(failure, 503, "SlowDown"),
        _ when failure.Kind == ErrorKind.Unavailable => New(failure, 503, "ServiceUnavailable"),
        // What is damaged is no fault of the request, and its message may name files of the server.
        _ => new S3Exception(500, "InternalError", $"We encountered an internal error ({failure.Code})."),
    };

    static S3Exception New(MillraceException failure, int status, string code) => new(status, code, failure.Message);

    public static S3Exception NotImplemented(string what) =>
        new(501, "NotImplemented", $"A header or query that you provided needs what is not implemented: {what}");

    public static S3Exception InvalidArgument(string message) => new(400, "InvalidArgument", message);

    public static S3Exception InvalidRequest(string message) => new(400, "InvalidRequest", message);
}
