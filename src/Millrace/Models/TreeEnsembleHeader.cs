namespace Millrace.Models;

/// <summary>What is read of a tree ensemble first: a version that is not known may have other members.</summary>
sealed record TreeEnsembleHeader(string? Format, int FormatVersion);
