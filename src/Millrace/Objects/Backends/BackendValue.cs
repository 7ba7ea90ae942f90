namespace Millrace.Objects.Backends;

/// <summary>A small file's content.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="Tag">Tells the content apart, for <see cref="IObjectBackend.TryReplaceAsync"/>.</param>
sealed record BackendValue(byte[] Bytes, string Tag)
{
    /// <summary>What is larger is not read at once.</summary>
    public const int SizeMax = 256 << 20;
}
