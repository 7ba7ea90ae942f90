namespace Millrace.App.Demo.Site;

/// <summary>Delivers events to the logs as real ones are: most within a second, some a day late from phones that had no
/// signal, some twice because an acknowledgement was lost.</summary>
/// <param name="Files">The lines of each day's file, in the order in which they arrived.</param>
/// <param name="LateEvents">Events that took an hour or more, and so came to the file of a later day.</param>
/// <param name="DuplicateLines">Second deliveries.</param>
sealed record EventDelivery(IReadOnlyList<LogLine[]> Files, int LateEvents, int DuplicateLines)
{
    const double ShareLate = 0.02;
    const double ShareDuplicate = 0.01;
    const double ShareResentAtNight = 0.25;
    const long LongestDelayMs = 30 * SiteTime.MsPerHour;

    /// <summary>Decides when each event arrives. What would arrive after the last file is in none of them.</summary>
    public static EventDelivery Deliver(SiteHistory history, ulong seed)
    {
        var calendar = history.Calendar;
        var chance = SplitMix64.For(seed, SiteStream.Delivery);
        var idStart = SplitMix64.Mix(seed + (ulong)SiteStream.EventId);
        var lines = new List<LogLine>(history.Events.Count);
        var (late, duplicates) = (0, 0);
        for (var index = 0; index < history.Events.Count; index++)
        {
            var happened = history.Events[index];
            var isLate = chance.NextBool(ShareLate);
            var received = isLate
                ? ChooseLateArrival(chance, happened.TimeUnixMs)
                : happened.TimeUnixMs + chance.NextBetween(40L, 900L);
            var isDuplicate = chance.NextBool(ShareDuplicate);
            var receivedAgain = isDuplicate ? ChooseSecondArrival(chance, received) : received;
            if (received >= calendar.EndUnixMs)
                continue;

            // A bijection of the index: no two events share an id, and ids say nothing about order.
            var line = new LogLine(happened, SplitMix64.Mix(idStart + (ulong)index), received);
            lines.Add(line);
            late += isLate ? 1 : 0;
            if (!isDuplicate || receivedAgain >= calendar.EndUnixMs)
                continue;
            lines.Add(line with { ReceivedUnixMs = receivedAgain });
            duplicates++;
        }

        return new EventDelivery(SortIntoFiles(lines, calendar), late, duplicates);
    }

    /// <summary>One to thirty hours after the event, and on a later day.</summary>
    static long ChooseLateArrival(SplitMix64 chance, long happened)
    {
        var soonest = Math.Max(happened + SiteTime.MsPerHour, NextMidnight(happened));
        return chance.NextBetween(soonest, happened + LongestDelayMs);
    }

    /// <summary>Within the hour, or early on the next day, when the last buffer of a day is sent again.</summary>
    static long ChooseSecondArrival(SplitMix64 chance, long received) =>
        chance.NextBool(ShareResentAtNight)
            ? NextMidnight(received) + chance.NextBetween(1_000L, 300_000L)
            : received + chance.NextBetween(500L, SiteTime.MsPerHour);

    static long NextMidnight(long unixMs) => ((unixMs / SiteTime.MsPerDay) + 1) * SiteTime.MsPerDay;

    static LogLine[][] SortIntoFiles(List<LogLine> lines, ActivityCalendar calendar)
    {
        var files = new List<LogLine>[calendar.DayCount];
        for (var day = 0; day < files.Length; day++)
            files[day] = [];
        foreach (var line in lines)
            files[(line.ReceivedUnixMs - calendar.StartUnixMs) / SiteTime.MsPerDay].Add(line);

        // The id breaks ties, so that the order is total and the files are the same each time.
        return [.. files.Select(file => file.OrderBy(line => (line.ReceivedUnixMs, line.EventId)).ToArray())];
    }
}
