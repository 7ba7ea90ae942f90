using System.Net;

namespace Millrace.App.Serving;

/// <summary>Where and what is served.</summary>
sealed record ServeOptions
{
    public const int DefaultApiPort = 7070;
    public const int DefaultS3Port = 9000;

    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free one.</summary>
    public int ApiPort { get; init; } = DefaultApiPort;

    /// <summary>0 takes a free one.</summary>
    public int S3Port { get; init; } = DefaultS3Port;

    public bool ServesApi { get; init; } = true;

    public bool ServesS3 { get; init; } = true;

    /// <summary>A PEM file; null is plain HTTP.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A PEM file; null when the certificate's file holds the key too.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Whether plain HTTP may be spoken to other machines.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Names of this server; under each of them a bucket's name is a host.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    public ServerLimits Limits { get; init; } = new();

    public bool IsEncrypted => CertificateFile is not null;

    /// <exception cref="MillraceException"><c>listen-insecure</c>.</exception>
    public void Check()
    {
        if (!IPAddress.IsLoopback(Address) && !IsEncrypted && !IsInsecure)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "listen-insecure",
                $"On {Address} other machines reach this server, and what they send could be read on the way.",
                "Name a certificate with '--certificate FILE', or say '--insecure' when the network is trusted.");
        }
    }
}
