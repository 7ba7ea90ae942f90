namespace Millrace.App.Demo.Site;

/// <summary>What the simulated photo site shall be. All but <see cref="Threads"/> decide its content and are kept in
/// <c>site.json</c>; the password of <see cref="Postgres"/> is not kept.</summary>
sealed record PhotoSiteOptions
{
    /// <summary>How many photos are posted, 1 to 999,999.</summary>
    public int Photos { get; init; } = 600;

    /// <summary>On how many days photos are posted, 1 to 3,650. The logs run two days longer, so that they hold the
    /// first 24 hours of the last photos and most late events.</summary>
    public int Days { get; init; } = 30;

    /// <summary>The last day (UTC) on which photos are posted.</summary>
    public DateOnly LastDay { get; init; } = new(2026, 3, 14);

    /// <summary>The seed of all chance: users, crops, popularity, times, delivery.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many malformed lines stand between the events of the logs: torn copies of a line that follows whole
    /// and lines of plain text. They never replace an event, so quarantining them loses nothing.</summary>
    public int BadLines { get; init; } = 3;

    /// <summary>An Npgsql connection string: the tables go to schema <c>site</c> of that database, and <c>site.db</c>
    /// is not made. Null: SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>How many threads work at once. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
