namespace Millrace.Versions.Files;

/// <summary>Takes what the index is to say of a path.</summary>
/// <param name="path">From the root.</param>
/// <param name="record">Its name is not set.</param>
delegate void RecordSink(string path, in IndexRecord record);
