namespace Millrace.App.Demo;

/// <summary>What the demo is asked to do.</summary>
sealed record DemoOptions
{
    public string Folder { get; init; } = "photo-demo";

    public int Photos { get; init; } = 600;

    public int Nights { get; init; } = 3;

    public ulong Seed { get; init; } = 1;

    public string? Postgres { get; init; }

    public bool IsJson { get; init; }
}
