namespace Millrace.Buckets;

/// <summary>A bucket and what was set of it.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Settings">Texts by the setting's name; see <see cref="BucketSettings"/>.</param>
public sealed record BucketState(Bucket Bucket, IReadOnlyDictionary<string, string> Settings)
{
    public string? Setting(string name) => Settings.GetValueOrDefault(name);
}
