namespace Millrace.App.Buckets;

/// <summary>Who asks, and what of.</summary>
/// <param name="accessKeyId">Null for somebody without a key.</param>
/// <param name="may">Whether a right to a bucket is given: <c>read</c>, <c>write</c>, <c>admin</c>.</param>
sealed class S3Caller(string? accessKeyId, Func<string, string, bool> may)
{
    public string? AccessKeyId => accessKeyId;

    public bool MayRead(string bucket) => may("read", bucket);

    public bool MayWrite(string bucket) => may("write", bucket);

    public bool MayAdmin(string bucket) => may("admin", bucket);
}
