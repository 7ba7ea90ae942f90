using Millrace.Buckets.Signing;

namespace Millrace.App.Buckets;

/// <summary>Who signed a request and how, once the signature was found right.</summary>
/// <param name="Caller">The caller.</param>
/// <param name="Claim">The signature of version 4, or null.</param>
/// <param name="SigningKey">The key of that signature, or null.</param>
sealed record S3Identity(S3Caller Caller, SigV4Claim? Claim, byte[]? SigningKey);
