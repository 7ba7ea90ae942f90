namespace Millrace.App.Buckets;

/// <summary>Stands for the operations of buckets where there are none: every request is refused, none is answered as if
/// it had done something.</summary>
static class NoOperations
{
    public static Task HandleAsync(S3Context context, CancellationToken cancellationToken) =>
        Task.FromException(context.Caller.AccessKeyId is null
            ? new S3Exception(403, "AccessDenied", "Access Denied")
            : new S3Exception(501, "NotImplemented", "This server has no operations on buckets."));
}
