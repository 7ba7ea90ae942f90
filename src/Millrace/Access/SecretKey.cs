namespace Millrace.Access;

/// <summary>A key and its secret. Its text shows the id only, so that no log can show the secret.</summary>
/// <param name="key">The key.</param>
/// <param name="secret">What signs; never shown again after it was made.</param>
public sealed class SecretKey(AccessKey key, string secret)
{
    public AccessKey Key { get; } = key;

    public string Secret { get; } = secret;

    public override string ToString() => Key.Id;
}
