namespace Millrace.App.Buckets;

/// <summary>An answer of the S3 protocol that is an error.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">S3's word, such as NoSuchKey.</param>
/// <param name="message">For people. It must not repeat a header of the request.</param>
sealed class S3Exception(int status, string code, string message) : Exception(message)
{
    readonly List<KeyValuePair<string, string>> _fields = [];
    readonly List<KeyValuePair<string, string>> _headers = [];

    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>Further elements of the answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields => _fields;

    /// <summary>Further headers of the answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    public S3Exception WithField(string name, string value)
    {
        _fields.Add(new(name, value));
        return this;
    }

    public S3Exception WithHeader(string name, string value)
    {
        _headers.Add(new(name, value));
        return this;
    }
}
