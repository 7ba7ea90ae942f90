namespace Millrace.Versions.Dvc;

/// <summary>How a DVC project is brought in.</summary>
/// <param name="Name">What the import is called here.</param>
/// <param name="IsAttached">Whether bytes stay where they are, to be copied when they are asked for; else each object
/// is read once, compared with its MD5 and stored.</param>
public sealed record DvcImportOptions(string Name, bool IsAttached = false);
