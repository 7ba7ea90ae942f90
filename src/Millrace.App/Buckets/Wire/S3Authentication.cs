using Millrace.Access;
using Millrace.Buckets.Signing;

namespace Millrace.App.Buckets;

/// <summary>Finds out who signed a request. The signature is checked before anything else of a request is looked at; a
/// request that is not signed at all is the anonymous caller's.</summary>
sealed class S3Authentication(AccessKeys keys, TimeProvider time)
{
    readonly SigningKeys _signingKeys = new();

    /// <exception cref="S3Exception">InvalidAccessKeyId, InvalidRequest, InvalidArgument.</exception>
    /// <exception cref="MillraceException">What is wrong with the signature.</exception>
    public async Task<S3Identity> AuthenticateAsync(
        SignedRequest request, string? hostBucket, CancellationToken cancellationToken)
    {
        var authorization = request.Header("authorization") ?? "";
        var isQueryV4 = SigV4Claim.IsInQuery(request);
        var isQueryV2 = SigV2Claim.IsInQuery(request);
        if ((authorization.Length > 0 ? 1 : 0) + (isQueryV4 ? 1 : 0) + (isQueryV2 ? 1 : 0) > 1)
        {
            throw new S3Exception(400, "InvalidArgument", "Only one auth mechanism allowed.");
        }

        if (isQueryV4 || SigV4Claim.IsInHeader(authorization))
        {
            var claim = isQueryV4 ? SigV4Claim.FromQuery(request) : SigV4Claim.FromHeader(request, authorization);
            return await AuthenticateAsync(request, claim, cancellationToken).ConfigureAwait(false);
        }

        if (isQueryV2 || SigV2Claim.IsInHeader(authorization))
        {
            var claim = isQueryV2 ? SigV2Claim.FromQuery(request) : SigV2Claim.FromHeader(request, authorization);
            var key = await FindAsync(claim.AccessKeyId, cancellationToken).ConfigureAwait(false);
            claim.Check(request, key.Secret, hostBucket);
            claim.CheckTime(time.GetUtcNow());
            return new S3Identity(Caller(key), null, null);
        }

        return authorization.Length == 0 ? new S3Identity(S3Caller.Anonymous, null, null) : throw new S3Exception(
            400, "InvalidArgument", "Unsupported Authorization Type. Please use AWS4-HMAC-SHA256.");
    }

    /// <summary>The caller whose signature a posted form carries.</summary>
    /// <exception cref="S3Exception">As above, or what is wrong with the signature.</exception>
    public async Task<S3Caller> AuthenticateFormAsync(
        IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken)
    {
        try
        {
            if (PolicySignature.AccessKeyId(fields) is not { } id)
            {
                return S3Caller.Anonymous;
            }

            var key = await FindAsync(id, cancellationToken).ConfigureAwait(false);
            PolicySignature.Check(fields, key.Secret, _signingKeys);
            return Caller(key);
        }
        catch (MillraceException failure)
        {
            throw S3Errors.From(failure);
        }
    }

    async Task<S3Identity> AuthenticateAsync(
        SignedRequest request, SigV4Claim claim, CancellationToken cancellationToken)
    {
        claim.CheckTime(time.GetUtcNow());
        var key = await FindAsync(claim.Credential.AccessKeyId, cancellationToken).ConfigureAwait(false);
        var signingKey = _signingKeys.For(key.Secret, claim.Credential);
        claim.Check(request, signingKey);
        return new S3Identity(Caller(key), claim, signingKey);
    }

    async Task<SecretKey> FindAsync(string id, CancellationToken cancellationToken) =>
        await keys.FindAsync(id, time.GetUtcNow(), cancellationToken).ConfigureAwait(false) ?? throw new S3Exception(
            403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");

    static S3Caller Caller(SecretKey key) => new(key.Key.Id, key.Key.Grants, key.Key.Account.Id);
}
