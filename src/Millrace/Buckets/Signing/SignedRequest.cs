namespace Millrace.Buckets.Signing;

/// <summary>What of a request is signed, as it came over the wire.</summary>
/// <param name="Method">Upper-case.</param>
/// <param name="Path">The target's path, not decoded.</param>
/// <param name="Query">The target's part behind <c>?</c>, not decoded.</param>
/// <param name="Headers">Lower-case names and their values in order. A character of a value is a byte of it
/// (Latin-1).</param>
public sealed record SignedRequest(
    string Method, string Path, string Query, IReadOnlyDictionary<string, IReadOnlyList<string>> Headers)
{
    const string AmazonPrefix = "x-amz-";

    IReadOnlyList<KeyValuePair<string, string>>? _parameters;

    /// <summary>Names and values of the query, decoded once, in the order that they came.</summary>
    /// <exception cref="MillraceException"><c>uri-malformed</c>.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters => _parameters ??= Parse(Query);

    /// <summary>Names of headers that a signature must cover when they are there.</summary>
    public IEnumerable<string> MustBeSigned => Headers.Keys.Where(
        name => name == "host" || name.StartsWith(AmazonPrefix, StringComparison.Ordinal));

    /// <summary>The value of a header that may come once; null when it is not there.</summary>
    /// <exception cref="MillraceException"><c>header-repeated</c>.</exception>
    public string? Header(string name)
    {
        if (!Headers.TryGetValue(name, out var values) || values.Count == 0)
        {
            return null;
        }

        return values.Count == 1 ? values[0].Trim() : throw SigningFault.Repeated(name);
    }

    /// <summary>The value of a parameter that may come once; null when it is not there.</summary>
    /// <exception cref="MillraceException"><c>header-repeated</c>.</exception>
    public string? Parameter(string name)
    {
        string? found = null;
        foreach (var (key, value) in Parameters)
        {
            if (key == name)
            {
                found = found is null ? value : throw SigningFault.Repeated(name);
            }
        }

        return found;
    }

    static List<KeyValuePair<string, string>> Parse(string query)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        var rest = query.AsSpan();
        foreach (var range in rest.Split('&'))
        {
            var pair = rest[range];
            if (pair.IsEmpty)
            {
                continue;
            }

            var equals = pair.IndexOf('=');
            parameters.Add(equals < 0
                ? new(UriText.Decode(pair, plusIsSpace: true), "")
                : new(
                    UriText.Decode(pair[..equals], plusIsSpace: true),
                    UriText.Decode(pair[(equals + 1)..], plusIsSpace: true)));
        }

        return parameters;
    }
}
