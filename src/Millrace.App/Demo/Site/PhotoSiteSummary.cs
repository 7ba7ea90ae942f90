using System.Text.Json.Serialization;

namespace Millrace.App.Demo.Site;

/// <summary>What a photo site holds.</summary>
/// <param name="Users">Rows of <c>users</c>.</param>
/// <param name="Photos">Rows of <c>photos</c>, and files in <c>photos/</c>.</param>
/// <param name="LogFiles">Files in <c>logs/</c>, one a day.</param>
/// <param name="Events">Different events in the logs; lines are <c>Events + DuplicateLines + BadLines</c>.</param>
/// <param name="Logins">Events of kind login.</param>
/// <param name="Views">Events of kind view.</param>
/// <param name="Likes">Events of kind like.</param>
/// <param name="LateEvents">Events that took an hour or more to arrive, and so are in a later day's file.</param>
/// <param name="DuplicateLines">Lines that repeat the event of an earlier line.</param>
/// <param name="BadLines">Lines that are not JSON.</param>
sealed record PhotoSiteSummary(
    int Users,
    int Photos,
    int LogFiles,
    int Events,
    int Logins,
    int Views,
    int Likes,
    int LateEvents,
    int DuplicateLines,
    int BadLines)
{
    /// <summary>True when an earlier call had made this site and nothing was done.</summary>
    [JsonIgnore]
    public bool WasThere { get; init; }
}
