using System.Globalization;
using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>What is in a table's <c>_delta_log</c>: the numbers of the entries and the checkpoints that are whole by
/// their names.</summary>
sealed class LogListing
{
    public const string Folder = "_delta_log";

    const int NumberLength = 20;
    const int PartLength = 10;
    const int MaxHintBytes = 1 << 20;
    const string EntrySuffix = ".json";
    const string CheckpointMark = ".checkpoint.";

    LogListing(List<long> entries, List<CheckpointFiles> checkpoints, bool isWhole)
    {
        Entries = entries;
        Checkpoints = checkpoints;
        IsWhole = isWhole;
    }

    /// <summary>Rising.</summary>
    public IReadOnlyList<long> Entries { get; }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<CheckpointFiles> Checkpoints { get; }

    /// <summary>Whether everything was listed, and not only what follows the last checkpoint.</summary>
    public bool IsWhole { get; }

    /// <summary>The newest version; -1 for a log without any.</summary>
    public long Newest => Math.Max(
        Entries.Count > 0 ? Entries[^1] : -1, Checkpoints.Count > 0 ? Checkpoints[0].Version : -1);

    /// <summary>The oldest version that can be built; null when none can.</summary>
    public long? Oldest => Entries.Count > 0 && Entries[0] == 0 ? 0 : Checkpoints.Count > 0 ? Checkpoints[^1].Version
        : null;

    public static string EntryPath(long version) =>
        $"{Folder}/{version.ToString("D20", CultureInfo.InvariantCulture)}{EntrySuffix}";

    /// <summary>Everything; null when the table has no log.</summary>
    public static LogListing? Whole(ITableFiles files) => From(files, null);

    /// <summary>What follows the checkpoint that <c>_last_checkpoint</c> names, and it; everything when there is none,
    /// or it names what is not there.</summary>
    public static LogListing? Newer(ITableFiles files)
    {
        if (LastCheckpoint(files) is not { } version)
        {
            return Whole(files);
        }

        // Its own name sorts after the number alone.
        var after = version.ToString("D20", CultureInfo.InvariantCulture);
        var listing = From(files, after);
        return listing?.Checkpoints.Any(checkpoint => checkpoint.Version >= version) == true ? listing : Whole(files);
    }

    /// <summary>The number in <c>_last_checkpoint</c>; null when the file is absent or says nothing that can be
    /// read: it is only a hint.</summary>
    public static long? LastCheckpoint(ITableFiles files)
    {
        using var stream = files.Open(Folder + "/_last_checkpoint");
        if (stream is null || stream.Length > MaxHintBytes)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(stream);
            return document.RootElement.GetProperty("version").GetInt64() is >= 0 and var version ? version : null;
        }
        catch (Exception exception) when (ActionReader.IsDamage(exception))
        {
            return null;
        }
    }

    /// <summary>The first version between two that has no entry; null when all have one.</summary>
    public long? FirstGap(long first, long last)
    {
        if (first > last)
        {
            return null;
        }

        var at = Entries is List<long> list ? list.BinarySearch(first) : -1;
        if (at < 0)
        {
            return first;
        }

        for (var next = first; at < Entries.Count && next <= last; at++, next++)
        {
            if (Entries[at] != next)
            {
                return next;
            }
        }

        return Entries[^1] < last ? Entries[^1] + 1 : null;
    }

    static LogListing? From(ITableFiles files, string? after)
    {
        if (files.List(Folder, after) is not { } names)
        {
            return null;
        }

        var entries = new List<long>();
        var checkpoints = new Dictionary<long, List<string>>();
        foreach (var name in names)
        {
            if (name.Length <= NumberLength || name.AsSpan(0, NumberLength).ContainsAnyExceptInRange('0', '9'))
            {
                continue;
            }

            var version = long.TryParse(name.AsSpan(0, NumberLength), CultureInfo.InvariantCulture, out var number)
                ? number : long.MaxValue;
            var rest = name.AsSpan(NumberLength);
            if (rest is EntrySuffix)
            {
                entries.Add(version);
            }
            else if (rest.StartsWith(CheckpointMark, StringComparison.Ordinal))
            {
                (checkpoints.TryGetValue(version, out var found) ? found : checkpoints[version] = []).Add(name);
            }
        }

        return new LogListing(
            entries,
            [.. checkpoints.OrderByDescending(pair => pair.Key).SelectMany(pair => Group(pair.Key, pair.Value))],
            after is null);
    }

    /// <summary>The checkpoints of one version; one in several parts only when all parts are there.</summary>
    static IEnumerable<CheckpointFiles> Group(long version, List<string> names)
    {
        var parts = new Dictionary<int, SortedDictionary<int, string>>();
        foreach (var name in names)
        {
            switch (name[(NumberLength + CheckpointMark.Length)..].Split('.'))
            {
                case ["parquet"]:
                    yield return new CheckpointFiles(version, [name], false);
                    break;
                case [_, "json"]:
                    yield return new CheckpointFiles(version, [name], true);
                    break;
                case [_, "parquet"]:
                    yield return new CheckpointFiles(version, [name], false);
                    break;
                case [var part, var count, "parquet"]
                    when part.Length == PartLength && int.TryParse(part, CultureInfo.InvariantCulture, out var number)
                        && int.TryParse(count, CultureInfo.InvariantCulture, out var total):
                    (parts.TryGetValue(total, out var found) ? found : parts[total] = [])[number] = name;
                    break;
            }
        }

        foreach (var (total, found) in parts)
        {
            if (found.Count == total && found.Keys.First() == 1 && found.Keys.Last() == total)
            {
                yield return new CheckpointFiles(version, [.. found.Values], false);
            }
        }
    }
}
