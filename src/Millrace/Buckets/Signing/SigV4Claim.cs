using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>What a request says of its SigV4 signature, from its header or its query. Nothing of it is believed before
/// <see cref="Check"/>.</summary>
public sealed class SigV4Claim
{
    /// <summary>How far the clocks of client and server may be apart.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    public const string Algorithm = "AWS4-HMAC-SHA256";
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    const int MaxExpirySeconds = 604_800;
    const int MaxSignedHeaders = 100;
    const int SignatureLength = 64;

    readonly IReadOnlyList<string> _signedHeaders;

    SigV4Claim(
        SigV4Credential credential,
        IReadOnlyList<string> signedHeaders,
        string signature,
        DateTimeOffset time,
        TimeSpan? expiry,
        string payloadHash)
    {
        Credential = credential;
        _signedHeaders = signedHeaders;
        Signature = signature;
        Time = time;
        Expiry = expiry;
        PayloadHash = payloadHash;
    }

    public SigV4Credential Credential { get; }

    /// <summary>64 lower-case hex digits.</summary>
    public string Signature { get; }

    public DateTimeOffset Time { get; }

    /// <summary>The time as it is signed.</summary>
    public string TimeText => Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>How long after <see cref="Time"/> a presigned request is good; null for a signed header.</summary>
    public TimeSpan? Expiry { get; }

    /// <summary>A hash, or the word for how the payload is sent.</summary>
    public string PayloadHash { get; }

    public static bool IsInHeader(string authorization) =>
        authorization.StartsWith(Algorithm, StringComparison.Ordinal);

    public static bool IsInQuery(SignedRequest request) => request.Parameter("X-Amz-Algorithm") is not null;

    /// <exception cref="MillraceException"><c>authorization-malformed</c>, <c>header-unsigned</c>,
    /// <c>request-date-missing</c>, <c>payload-hash-missing</c>.</exception>
    public static SigV4Claim FromHeader(SignedRequest request, string authorization)
    {
        var fields = Fields(authorization[Algorithm.Length..]);
        var credential = SigV4Credential.TryParse(Field(fields, "Credential"))
            ?? throw SigningFault.Malformed("the credential is not KEY/DATE/REGION/s3/aws4_request");
        var names = Names(Field(fields, "SignedHeaders"))
            ?? throw SigningFault.Malformed("the names of the signed headers are not lower-case and in order");
        var signature = Field(fields, "Signature");
        if (!IsSignature(signature))
        {
            throw SigningFault.Malformed("the signature is not 64 hexadecimal digits");
        }

        var time = TimeOf(request, names);
        var hash = request.Header("x-amz-content-sha256") ?? throw new MillraceException(
            ErrorKind.Invalid, "payload-hash-missing", "Missing required header for this request: x-amz-content-sha256",
            "Send the payload's SHA-256 or UNSIGNED-PAYLOAD.");
        return new SigV4Claim(credential, names, signature, time, null, hash).Consistent(request);
    }

    /// <exception cref="MillraceException"><c>presign-malformed</c>, <c>header-unsigned</c>.</exception>
    public static SigV4Claim FromQuery(SignedRequest request)
    {
        if (request.Parameter("X-Amz-Algorithm") != Algorithm)
        {
            throw SigningFault.QueryMalformed("X-Amz-Algorithm is not AWS4-HMAC-SHA256");
        }

        var credential = SigV4Credential.TryParse(Required("X-Amz-Credential"))
            ?? throw SigningFault.QueryMalformed("X-Amz-Credential is not KEY/DATE/REGION/s3/aws4_request");
        var names = Names(Required("X-Amz-SignedHeaders"))
            ?? throw SigningFault.QueryMalformed("X-Amz-SignedHeaders is not a list of lower-case names in order");
        if (!TryTime(Required("X-Amz-Date"), out var time))
        {
            throw SigningFault.QueryMalformed("X-Amz-Date is not a time such as 20130524T000000Z");
        }

        if (!int.TryParse(Required("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > MaxExpirySeconds)
        {
            throw SigningFault.QueryMalformed($"X-Amz-Expires is not between 1 and {MaxExpirySeconds} seconds");
        }

        var signature = Required("X-Amz-Signature");
        if (!IsSignature(signature))
        {
            throw SigningFault.QueryMalformed("X-Amz-Signature is not 64 hexadecimal digits");
        }

        var hash = request.Parameter("X-Amz-Content-Sha256") ?? request.Header("x-amz-content-sha256");
        return new SigV4Claim(
            credential, names, signature, time, TimeSpan.FromSeconds(seconds), hash ?? UnsignedPayload)
            .Consistent(request);

        string Required(string name) => request.Parameter(name)
            ?? throw SigningFault.QueryMalformed($"{name} is missing");
    }

    /// <exception cref="MillraceException"><c>request-time-skewed</c>, <c>presign-expired</c>.</exception>
    public void CheckTime(DateTimeOffset now)
    {
        if (Time - now > MaxSkew || (Expiry is null && now - Time > MaxSkew))
        {
            throw SigningFault.Skewed(Time, now);
        }

        if (Expiry is { } expiry && now > Time + expiry)
        {
            throw SigningFault.Expired(Time + expiry);
        }
    }

    /// <summary>Compares the signature in constant time.</summary>
    /// <exception cref="MillraceException"><c>signature-mismatch</c>.</exception>
    public void Check(SignedRequest request, byte[] signingKey)
    {
        // Some clients sign the bytes of the path that they send, and some write header values as Latin-1 and sign
        // them as UTF-8. Each variant covers every byte of the request.
        var path = CanonicalRequest.Path(request);
        var isSigned = Matches(path, Encoding.Latin1);
        if (!isSigned && path != request.Path)
        {
            isSigned = Matches(request.Path, Encoding.Latin1);
        }

        if (!isSigned && request.Headers.Values.Any(values => values.Any(value => !Ascii.IsValid(value))))
        {
            isSigned = Matches(path, Encoding.UTF8);
        }

        if (!isSigned)
        {
            throw SigningFault.Mismatch();
        }

        bool Matches(string canonicalPath, Encoding encoding)
        {
            var canonical = CanonicalRequest.Of(request, canonicalPath, _signedHeaders, PayloadHash, encoding);
            var expected = Sign(signingKey, TextToSign(Convert.ToHexStringLower(SHA256.HashData(canonical))));
            return CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(Signature));
        }
    }

    internal static string Sign(byte[] signingKey, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(text)));

    string TextToSign(string requestHash) => $"{Algorithm}\n{TimeText}\n{Credential.Scope}\n{requestHash}";

    SigV4Claim Consistent(SignedRequest request)
    {
        if (!TimeText.StartsWith(Credential.Date, StringComparison.Ordinal))
        {
            throw Expiry is null
                ? SigningFault.Malformed("the credential's date is not that of the request")
                : SigningFault.QueryMalformed("the credential's date is not that of X-Amz-Date");
        }

        if (!_signedHeaders.Contains("host"))
        {
            throw SigningFault.Unsigned("host");
        }

        foreach (var name in request.MustBeSigned)
        {
            if (!_signedHeaders.Contains(name))
            {
                throw SigningFault.Unsigned(name);
            }
        }

        // A header that is signed and did not arrive was taken away on the way.
        return _signedHeaders.All(request.Headers.ContainsKey) ? this : throw SigningFault.Mismatch();
    }

    static DateTimeOffset TimeOf(SignedRequest request, IReadOnlyList<string> names)
    {
        if (request.Header("x-amz-date") is { } amazonDate)
        {
            return TryTime(amazonDate, out var time) ? time : throw SigningFault.NoDate();
        }

        var date = request.Header("date") ?? throw SigningFault.NoDate();
        if (!names.Contains("date"))
        {
            throw SigningFault.Unsigned("date");
        }

        return TryTime(date, out var plain) || TryHttpTime(date, out plain) ? plain : throw SigningFault.NoDate();
    }

    internal static bool TryHttpTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out time);

    internal static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    static Dictionary<string, string> Fields(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !fields.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
            {
                throw SigningFault.Malformed("its parts are not NAME=VALUE, each once");
            }
        }

        return fields;
    }

    static string Field(Dictionary<string, string> fields, string name) =>
        fields.GetValueOrDefault(name) ?? throw SigningFault.Malformed($"{name} is missing");

    static string[]? Names(string text)
    {
        var names = text.Split(';');
        if (names.Length > MaxSignedHeaders)
        {
            return null;
        }

        for (var i = 0; i < names.Length; i++)
        {
            if (names[i].Length == 0 || names[i].Any(char.IsAsciiLetterUpper)
                || (i > 0 && string.CompareOrdinal(names[i - 1], names[i]) >= 0))
            {
                return null;
            }
        }

        return names;
    }

    static bool IsSignature(string text) => text.Length == SignatureLength && text.All(char.IsAsciiHexDigitLower);
}
