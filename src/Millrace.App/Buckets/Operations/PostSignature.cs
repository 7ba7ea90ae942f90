namespace Millrace.App.Buckets.Operations;

/// <summary>Checks the signature of a form; the server puts it among the features of a request.</summary>
/// <param name="check">Given the fields, by names in lower case, gives the caller that signed the policy.</param>
sealed class PostSignature(
    Func<S3Context, IReadOnlyDictionary<string, string>, CancellationToken, Task<S3Caller>> check)
{
    /// <exception cref="S3Exception">The signature is wrong.</exception>
    public Task<S3Caller> CheckAsync(
        S3Context context, IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken) =>
        check(context, fields, cancellationToken);
}
