namespace Millrace.SystemTests.Fixtures;

/// <summary>A demo that ran to its end, for comparison. Its folder is copied, never used.</summary>
/// <param name="Folder">Holds <c>site</c> and <c>workspace</c>.</param>
/// <param name="Result">What it printed.</param>
/// <param name="Duration">How long it took.</param>
public sealed record UndisturbedDemo(string Folder, CliResult Result, TimeSpan Duration)
{
    /// <summary>What all nights gave: hashes and metrics.</summary>
    public string Fingerprint { get; } = Fingerprints.OfDemo(Result.Json);

    /// <summary>What one night gave.</summary>
    public string NightFingerprint(string date) =>
        Fingerprints.OfDemoNight(Result.Json["nights"]!.AsArray().Single(night => (string)night!["date"]! == date)!);

    /// <summary>The arguments that run this demo in another folder.</summary>
    public static string[] Command(string folder) =>
        ["demo", "--json", "--photos", $"{TestRun.Photos}", "--nights", "3", "--dir", folder];
}
