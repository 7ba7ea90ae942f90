namespace Millrace.Objects.Backends;

/// <summary>A file of a service, with what tells its content apart.</summary>
/// <param name="Name">Its name in the backend.</param>
/// <param name="SizeBytes">How long it is.</param>
/// <param name="Tag">Another one for other content.</param>
/// <param name="ModifiedAt">When it was written, by the service's clock.</param>
readonly record struct BackendFile(string Name, long SizeBytes, string Tag, DateTimeOffset ModifiedAt);
