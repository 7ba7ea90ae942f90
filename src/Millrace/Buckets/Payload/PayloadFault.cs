namespace Millrace.Buckets.Payload;

/// <summary>What can be wrong with a payload.</summary>
static class PayloadFault
{
    public static MillraceException Short() => new(
        ErrorKind.Invalid, "body-incomplete",
        "You did not provide the number of bytes specified by the Content-Length HTTP header.",
        "Send the whole payload again.");

    public static MillraceException Long() => new(
        ErrorKind.Invalid, "body-too-long", "The payload has more bytes than its headers say.",
        "Say the right length in Content-Length or x-amz-decoded-content-length.");

    public static MillraceException Chunk(string what) => new(
        ErrorKind.Invalid, "chunk-malformed", $"The chunks of the payload are malformed: {what}.",
        "Send each chunk as SIZE;chunk-signature=SIGNATURE, a line end, the bytes and a line end.");

    public static MillraceException ChunkSignature() => new(
        ErrorKind.Invalid, "signature-mismatch",
        "The chunk signature we calculated does not match the signature you provided.",
        "Check the secret key, and that no proxy changed the request on its way.");

    public static MillraceException Trailer(string what) => new(
        ErrorKind.Invalid, "trailer-malformed", $"The trailing headers are malformed: {what}.",
        "Send what x-amz-trailer names, each as NAME:VALUE and a line end.");

    public static MillraceException Hash() => new(
        ErrorKind.Invalid, "payload-hash-mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.", "Send the payload again.");

    public static MillraceException Digest(string name) => new(
        ErrorKind.Invalid, "digest-mismatch", $"The {name} you specified did not match what we received.",
        "Send the payload again.");

    public static MillraceException DigestMalformed(string name) => new(
        ErrorKind.Invalid, "digest-malformed", $"The {name} you specified is not valid.",
        "It is the Base64 of the digest's bytes.");
}
