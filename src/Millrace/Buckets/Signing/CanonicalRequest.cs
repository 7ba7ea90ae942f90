using System.Text;

namespace Millrace.Buckets.Signing;

/// <summary>The canonical form of a request (AWS General Reference, "Signature Version 4"; for S3 the path is encoded
/// once and not normalized).</summary>
static class CanonicalRequest
{
    const string SignatureParameter = "X-Amz-Signature";

    /// <param name="request">The request.</param>
    /// <param name="path">The path as it goes in.</param>
    /// <param name="signedHeaders">In order.</param>
    /// <param name="payloadHash">The last line.</param>
    /// <param name="encoding">Turns the characters of header values to bytes.</param>
    public static byte[] Of(
        SignedRequest request,
        string path,
        IReadOnlyList<string> signedHeaders,
        string payloadHash,
        Encoding encoding)
    {
        var head = new StringBuilder();
        head.Append(request.Method).Append('\n').Append(path).Append('\n').Append(Query(request)).Append('\n');
        foreach (var name in signedHeaders)
        {
            head.Append(name).Append(':');
            if (request.Headers.TryGetValue(name, out var values))
            {
                head.AppendJoin(',', values.Select(Trim));
            }

            head.Append('\n');
        }

        head.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(payloadHash);
        return encoding.GetBytes(head.ToString());
    }

    /// <summary>The path decoded and encoded once: however the client wrote it, this is what it had to sign.</summary>
    public static string Path(SignedRequest request) => UriText.Encode(UriText.Decode(request.Path), keepSlash: true);

    static string Query(SignedRequest request)
    {
        var pairs = request.Parameters.Where(pair => pair.Key != SignatureParameter)
            .Select(pair => (Name: UriText.Encode(pair.Key), Value: UriText.Encode(pair.Value))).ToList();
        pairs.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name) is var byName && byName != 0
            ? byName : string.CompareOrdinal(left.Value, right.Value));
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    // Without spaces around, and with one for several within.
    static string Trim(string value)
    {
        var trimmed = value.Trim();
        if (!trimmed.Contains("  ", StringComparison.Ordinal))
        {
            return trimmed;
        }

        var text = new StringBuilder(trimmed.Length);
        foreach (var c in trimmed)
        {
            if (c != ' ' || text[^1] != ' ')
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }
}
