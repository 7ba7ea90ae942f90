namespace Millrace.Versions.Dvc;

/// <summary>An output of a project.</summary>
/// <param name="Path">From the project's root.</param>
/// <param name="Out">What is said about it.</param>
/// <param name="File">The <c>.dvc</c> file or <c>dvc.lock</c> that says it.</param>
sealed record DvcTracked(string Path, DvcOut Out, string File);
