namespace Millrace.Objects.Backends;

/// <summary>Where a remote is.</summary>
/// <param name="Bucket">For S3; null for a folder.</param>
/// <param name="Path">The prefix in the bucket without slashes at its ends, or the folder.</param>
sealed record BackendAddress(string? Bucket, string Path)
{
    const string S3Scheme = "s3://";
    const string FileScheme = "file://";

    public bool IsS3 => Bucket is not null;

    /// <summary>Reads <c>s3://bucket/prefix</c>, <c>file:///folder</c> or a path.</summary>
    /// <param name="text">The address.</param>
    /// <param name="baseFolder">What a relative path begins at.</param>
    /// <exception cref="MillraceException"><c>remote-url-invalid</c>.</exception>
    public static BackendAddress Parse(string text, string baseFolder)
    {
        if (text.StartsWith(S3Scheme, StringComparison.OrdinalIgnoreCase))
            return ParseS3(text);
        if (text.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase))
        {
            // What stands before the first slash would be another machine.
            var path = Uri.UnescapeDataString(text[FileScheme.Length..]);
            return path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal)
                ? new BackendAddress(null, System.IO.Path.GetFullPath(path))
                : throw Invalid(text, "a file URL has three slashes before the folder");
        }

        if (text.Contains("://", StringComparison.Ordinal))
            throw Invalid(text, "the schemes are s3:// and file://");
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            throw Invalid(text, "a folder or s3://bucket/prefix was expected");
        return new BackendAddress(null, System.IO.Path.GetFullPath(text, System.IO.Path.GetFullPath(baseFolder)));
    }

    public override string ToString() =>
        Bucket is null ? Path : $"{S3Scheme}{Bucket}{(Path.Length > 0 ? "/" : "")}{Path}";

    static BackendAddress ParseS3(string text)
    {
        var rest = text[S3Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? rest : rest[..slash];
        var prefix = slash < 0 ? "" : rest[(slash + 1)..].TrimEnd('/');
        if (bucket.Contains('@', StringComparison.Ordinal) || bucket.Contains(':', StringComparison.Ordinal))
            throw Invalid("s3://…", "credentials must not stand in a URL, and a port belongs into 'endpoint'");
        if (bucket.Length is < 3 or > 63 || !bucket.All(IsBucketCharacter))
            throw Invalid(text, "a bucket's name has 3 to 63 characters of a-z, 0-9, '.' and '-'");
        if (prefix.Length > 0 && !BackendName.IsValid(prefix))
            throw Invalid(text, "the prefix has empty parts, '.' or '..'");
        return new BackendAddress(bucket, prefix);
    }

    static bool IsBucketCharacter(char letter) =>
        char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '-';

    static MillraceException Invalid(string text, string expected) => new(
        ErrorKind.Invalid, "remote-url-invalid", $"'{text}' is no address of a remote: {expected}.",
        "Write s3://bucket/prefix, file:///folder or the path of a folder.");
}
