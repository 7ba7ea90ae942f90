namespace Millrace.Versions.Remotes;

/// <summary>What a ref on a remote is.</summary>
public enum RemoteRefKind
{
    Branch = 0,
    Tag = 1,
}
