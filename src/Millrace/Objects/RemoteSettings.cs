namespace Millrace.Objects;

/// <summary>Where a remote is and how it is reached. Credentials are named, never given.</summary>
/// <remarks>Without any of the five names of credentials an S3 remote takes what the AWS SDK finds by itself: the
/// environment, the default profile, the machine's role.</remarks>
public sealed record RemoteSettings
{
    /// <summary><c>s3://bucket/prefix</c>, <c>file:///folder</c>, or a path, relative to the workspace.</summary>
    public required string Url { get; init; }

    /// <summary>For S3: the service's address, such as <c>http://127.0.0.1:9000</c>; null is that of AWS.</summary>
    public string? Endpoint { get; init; }

    /// <summary>For S3: the region; null is <c>us-east-1</c>, or what the profile says.</summary>
    public string? Region { get; init; }

    /// <summary>Whether the bucket stands in the path instead of the host name; null: when there is an
    /// endpoint.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>The environment variable that holds the access key.</summary>
    public string? AccessKeyVariable { get; init; }

    /// <summary>The environment variable that holds the secret key.</summary>
    public string? SecretKeyVariable { get; init; }

    /// <summary>A profile of the AWS files.</summary>
    public string? Profile { get; init; }

    /// <summary>A file in the form of <c>~/.aws/credentials</c>; its profile is <see cref="Profile"/> or
    /// <c>default</c>.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>A program and its arguments, parted by spaces, which prints credentials as
    /// <c>credential_process</c> of AWS does. No shell runs it.</summary>
    public string? CredentialsCommand { get; init; }
}
