namespace Millrace.App.Demo.Site;

/// <summary>One delivery of an event to the server that writes the logs.</summary>
/// <param name="Event">What happened.</param>
/// <param name="EventId">The same for every delivery of one event.</param>
/// <param name="ReceivedUnixMs">When this delivery arrived; decides the file and the place in it.</param>
readonly record struct LogLine(SiteEvent Event, ulong EventId, long ReceivedUnixMs);
