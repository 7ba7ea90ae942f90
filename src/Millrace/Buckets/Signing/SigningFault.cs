namespace Millrace.Buckets.Signing;

/// <summary>What can be wrong with a request's signature. No message repeats a header of the request.</summary>
static class SigningFault
{
    public static MillraceException Malformed(string what) => new(
        ErrorKind.Invalid, "authorization-malformed", $"The authorization header is malformed: {what}.",
        "Sign with AWS4-HMAC-SHA256: Credential, SignedHeaders and Signature, parted by commas.");

    public static MillraceException Invalid() => new(
        ErrorKind.Invalid, "authorization-invalid", "The authorization header is not AWS KEY:SIGNATURE.",
        "Better sign with AWS4-HMAC-SHA256.");

    public static MillraceException QueryMalformed(string what) => new(
        ErrorKind.Invalid, "presign-malformed", $"The query's signature is malformed: {what}.",
        "Presign with AWS4-HMAC-SHA256 and all of its X-Amz parameters.");

    public static MillraceException Unsigned(string header) => new(
        ErrorKind.Invalid, "header-unsigned",
        $"There were headers present in the request which were not signed: {header}.",
        "Sign 'host' and every header whose name starts with 'x-amz-'.");

    public static MillraceException Repeated(string name) => new(
        ErrorKind.Invalid, "header-repeated", $"'{name}' is there more than once.", "Send it once.");

    public static MillraceException Mismatch() => new(
        ErrorKind.Invalid, "signature-mismatch",
        "The request signature we calculated does not match the signature you provided.",
        "Check the secret key, and that no proxy changed the request on its way.");

    public static MillraceException Skewed(DateTimeOffset time, DateTimeOffset now) => new(
        ErrorKind.Invalid, "request-time-skewed",
        $"The request says {time:u}, and here it is {now:u}: the difference is too large.",
        "Set the clocks right; they may differ by 15 minutes.");

    public static MillraceException Expired(DateTimeOffset end) => new(
        ErrorKind.Invalid, "presign-expired", $"Request has expired: it was good until {end:u}.",
        "Presign it anew.");

    public static MillraceException NoDate() => new(
        ErrorKind.Invalid, "request-date-missing", "The request has no valid x-amz-date or Date header.",
        "Sign with a time such as 20130524T000000Z.");
}
