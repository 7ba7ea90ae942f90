namespace Millrace.Tables.Engines;

/// <summary>A database server that queries can run on instead of here. No secret stands in it, only where secrets
/// are.</summary>
public sealed record EngineSettings
{
    /// <summary>Where ClickHouse listens for HTTP, when nothing is said.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8123";

    /// <summary>What the engine is called in <c>millrace.yaml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where it listens: <c>https://…</c>, or <c>http://…</c> on this machine.</summary>
    public Uri Url { get; init; } = new(DefaultUrl);

    public string User { get; init; } = "default";

    /// <summary>The environment variable that holds the password; null for another place, or none.</summary>
    public string? PasswordVariable { get; init; }

    /// <summary>The file that holds the password; null for another place, or none.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Certificates of authorities that are trusted beside the system's, as PEM; null for none.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Whether a password and data may go to another machine without TLS.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>The cluster that shares the work; null for one server.</summary>
    public string? Cluster { get; init; }

    /// <summary>Where queries and loaded tables belong; null is the user's default.</summary>
    public string? Database { get; init; }

    /// <summary>The folder of the workspace's tables as the server sees it; null is where it lies here.</summary>
    public string? TablesPath { get; init; }

    /// <summary>The tables as the server reaches them over S3: <c>https://host/bucket/prefix</c>; null for a folder.
    /// </summary>
    public string? TablesUrl { get; init; }

    /// <summary>The environment variables that hold the key for <see cref="TablesUrl"/>; null for none.</summary>
    public string? AccessKeyVariable { get; init; }

    public string? SecretKeyVariable { get; init; }

    /// <summary>Every server of a cluster that is too old to read tables, which they are loaded to.</summary>
    public IReadOnlyList<Uri> Nodes { get; init; } = [];

    /// <summary>After which a query is ended.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>More settings of ClickHouse for each query.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
