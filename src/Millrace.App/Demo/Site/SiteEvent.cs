namespace Millrace.App.Demo.Site;

/// <summary>Something that happened on the site.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="UserId">Who did it: for a view or a like the viewer, never the author.</param>
/// <param name="PhotoId">What was viewed or liked; null for a login.</param>
/// <param name="TimeUnixMs">When it happened.</param>
readonly record struct SiteEvent(SiteEventKind Kind, int UserId, int? PhotoId, long TimeUnixMs);
