namespace Millrace.Access;

/// <summary>A right in the buckets that a pattern names.</summary>
/// <param name="Bucket">A bucket's name, or the start of names and <c>*</c>; <c>*</c> alone is every bucket.</param>
/// <param name="Right">The greatest right.</param>
public readonly record struct AccessGrant(string Bucket, AccessRight Right)
{
    public const string EveryBucket = "*";

    const int MaxPatternLength = 64;

    /// <summary>Whether the grant gives <paramref name="right"/> in <paramref name="bucket"/>.</summary>
    public bool Gives(AccessRight right, string bucket) => Right >= right && (Bucket.EndsWith('*')
        ? bucket.AsSpan().StartsWith(Bucket.AsSpan(0, Bucket.Length - 1), StringComparison.Ordinal)
        : bucket == Bucket);

    /// <exception cref="MillraceException"><c>grant-invalid</c>.</exception>
    internal void Check()
    {
        var name = Bucket.EndsWith('*') ? Bucket[..^1] : Bucket;
        if (Bucket.Length is 0 or > MaxPatternLength || !name.All(IsNameCharacter))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "grant-invalid", $"'{Bucket}' is not a bucket's name or the start of one and '*'.",
                "Names have 3 to 63 lower-case letters, digits, dots and hyphens; '*' alone is every bucket.");
        }
    }

    static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';
}
