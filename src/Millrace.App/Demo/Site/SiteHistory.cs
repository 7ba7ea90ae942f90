namespace Millrace.App.Demo.Site;

/// <summary>All that is true of a site, before any of it is delivered to a log.</summary>
/// <param name="Users">By user id.</param>
/// <param name="Photos">By photo id, which is the order of posting.</param>
/// <param name="Events">In the order in which they were thought of; not sorted.</param>
/// <param name="Calendar">The days of the logs.</param>
sealed record SiteHistory(
    IReadOnlyList<SiteUser> Users,
    IReadOnlyList<SitePhoto> Photos,
    IReadOnlyList<SiteEvent> Events,
    ActivityCalendar Calendar);
