using Amazon.Runtime;

namespace Millrace.Objects.Backends;

/// <summary>Credentials that another program keeps in its own files. They are shown and written nowhere.</summary>
/// <param name="credentials">What the SDK takes.</param>
sealed class S3KeyPair(AWSCredentials credentials)
{
    /// <summary>For what everybody may read.</summary>
    public static S3KeyPair Anonymous { get; } = new(new AnonymousAWSCredentials());

    public AWSCredentials Credentials => credentials;

    public static S3KeyPair Of(string accessKey, string secretKey, string? sessionToken) => new(
        sessionToken is null
            ? new BasicAWSCredentials(accessKey, secretKey)
            : new SessionAWSCredentials(accessKey, secretKey, sessionToken));
}
