using Millrace.Objects;

namespace Millrace;

/// <summary>Where a workspace is moved to. What is null stays where it is.</summary>
public sealed record WorkspaceMoveTarget
{
    /// <summary>For the embedded catalog.</summary>
    public const string Sqlite = "sqlite";

    /// <summary><see cref="Sqlite"/>, or a connection string for PostgreSQL without a password.</summary>
    public string? Catalog { get; init; }

    /// <summary>For PostgreSQL: the schema.</summary>
    public string Schema { get; init; } = "millrace";

    /// <summary>For PostgreSQL: the environment variable with the password; null for none.</summary>
    public string? PasswordVariable { get; init; }

    /// <summary>Where objects go; null with <see cref="IsObjectsLocal"/> is the workspace's folder.</summary>
    public RemoteSettings? Objects { get; init; }

    /// <summary>Whether objects come back into the workspace's folder.</summary>
    public bool IsObjectsLocal { get; init; }

    /// <summary>The bucket that tables go to; null with <see cref="IsTablesLocal"/> is the workspace's folder.
    /// </summary>
    public RemoteSettings? Tables { get; init; }

    /// <summary>Whether tables come back into the workspace's folder.</summary>
    public bool IsTablesLocal { get; init; }

    /// <summary>Whether every object, and every file of a table, is read again from where it went before anything is
    /// switched.</summary>
    public bool Verifies { get; init; } = true;
}
