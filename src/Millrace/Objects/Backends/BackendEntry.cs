namespace Millrace.Objects.Backends;

/// <summary>A file of a backend.</summary>
readonly record struct BackendEntry(string Name, long SizeBytes);
