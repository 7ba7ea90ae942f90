namespace Millrace.Objects.Remotes;

/// <summary>Takes an entry that was read and proved; the bytes are the caller's only until it returns.</summary>
/// <param name="number">Its number among those that were asked for.</param>
/// <param name="payload">As it is stored.</param>
delegate void EntrySink(int number, ReadOnlySpan<byte> payload);
