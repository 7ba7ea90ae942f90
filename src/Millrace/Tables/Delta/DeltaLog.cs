using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>The transaction log of a Delta Lake table: one JSON file a version, each put if absent, and checkpoints
/// that stand for all versions up to theirs.</summary>
/// <remarks>The format is the published Delta protocol: https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
/// The newest checkpoint that can be read is taken, then the entries after it; a damaged one is passed over when an
/// older one or the whole log leads to the same version.</remarks>
static class DeltaLog
{
    /// <summary>Puts a version's entry if nobody has put one.</summary>
    /// <returns>False when the version exists, or it can't be told who put it.</returns>
    public static bool TryPut(ITableFiles files, long version, ReadOnlySpan<byte> entry) =>
        files.TryPut(LogListing.EntryPath(version), entry);

    /// <summary>Reads the table at a version, or at the newest one; null when it has none.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>table-feature-unknown</c>,
    /// <c>version-unknown</c>.</exception>
    public static TableSnapshot? Read(string name, string tableFolder, long? version = null) =>
        Read(name, new LocalTableFiles(tableFolder), version);

    /// <summary>Reads the table at a version, or at the newest one; null when it has none.</summary>
    /// <param name="name">The table's name, for messages.</param>
    /// <param name="files">Where it is.</param>
    /// <param name="version">Null for the newest.</param>
    /// <param name="withRemoved">Whether the snapshot also tells the files that were removed, for a checkpoint or a
    /// vacuum.</param>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>table-feature-unknown</c>,
    /// <c>version-unknown</c>.</exception>
    public static TableSnapshot? Read(string name, ITableFiles files, long? version = null, bool withRemoved = false)
    {
        var listing = LogListing.Newer(files);
        if (version is not null && listing is { IsWhole: false }
            && !listing.Checkpoints.Any(checkpoint => checkpoint.Version <= version))
        {
            listing = LogListing.Whole(files);
        }

        if (listing is null || listing.Newest < 0)
        {
            return null;
        }

        CheckVersion(name, listing, version);
        var target = version ?? listing.Newest;
        var failures = new List<MillraceException>();
        if (TryBuild(name, files, listing, target, withRemoved, failures) is { } replay)
        {
            return Snapshot(name, files, target, replay);
        }

        // What is before the last checkpoint was not listed, and is needed now.
        if (!listing.IsWhole && LogListing.Whole(files) is { } whole
            && TryBuild(name, files, whole, target, withRemoved, failures) is { } other)
        {
            return Snapshot(name, files, target, other);
        }

        throw failures[0] is { Code: "table-checkpoint-damaged" } damaged
            ? new MillraceException(
                ErrorKind.Corrupt, "table-log-damaged",
                $"{damaged.Message} Version {target} can't be built from the entries alone.", damaged.Hint!, damaged)
            : failures[0];
    }

    /// <summary>The actions of one version; null when its entry is not there.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>table-feature-unknown</c>.</exception>
    public static DeltaActions? ReadEntry(string name, ITableFiles files, long version) =>
        ReadEntry(name, files, version, (line, reader, actions) =>
        {
            reader.Read(line, actions);
            return true;
        });

    /// <summary>What the writer of a version noted; null when there is no note, or no entry any more.</summary>
    public static CommitNote? ReadNote(string name, ITableFiles files, long version) =>
        ReadEntry(name, files, version, (line, reader, actions) =>
        {
            if (line.ValueKind == JsonValueKind.Object && line.TryGetProperty("commitInfo", out _))
            {
                reader.Read(line, actions);
            }

            return actions.Note is null;
        })?.Note;

    /// <param name="name">The table's name.</param>
    /// <param name="files">Its files.</param>
    /// <param name="version">Which entry.</param>
    /// <param name="take">Takes what it needs of a line; false ends the reading.</param>
    static DeltaActions? ReadEntry(
        string name, ITableFiles files, long version, Func<JsonElement, ActionReader, DeltaActions, bool> take)
    {
        var path = LogListing.EntryPath(version);
        if (files.ModifiedAt(path) is null)
        {
            return null;
        }

        var actions = new DeltaActions();
        var reader = new ActionReader(name, files.Place, isCheckpoint: false);
        EntryLines.Read(files, name, path, line => take(line, reader, actions));
        return actions;
    }

    /// <summary>The version that an attempt wrote; null when it wrote none, or its entry is gone.</summary>
    public static long? VersionOf(string attemptId, TableSnapshot newest)
    {
        if (!newest.Attempts.TryGetValue(attemptId, out var version))
        {
            return null;
        }

        if (version != LogReplay.BeforeCheckpoint)
        {
            return version;
        }

        var files = newest.Storage;
        foreach (var number in LogListing.Whole(files)!.Entries.Reverse())
        {
            if (ReadEntry(newest.Name, files, number)!.Transactions.Any(mark => mark.AppId == attemptId))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>The files of the log, version 0 first.</summary>
    internal static IReadOnlyList<string> Entries(ITableFiles files) => LogListing.Whole(files) is { } listing
        ? [.. listing.Entries.Select(LogListing.EntryPath)] : [];

    static void CheckVersion(string name, LogListing listing, long? version)
    {
        if (version > listing.Newest || version < 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "version-unknown", $"Table '{name}' has no version {version}.",
                $"Its newest is v{listing.Newest}.");
        }

        if (version < listing.Oldest && listing.Oldest > 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "version-unknown",
                $"Version {version} of table '{name}' can't be built any more: the entries of its log begin later.",
                $"The earliest version that is there is v{listing.Oldest}, its newest is v{listing.Newest}.");
        }
    }

    static LogReplay? TryBuild(
        string name, ITableFiles files, LogListing listing, long target, bool withRemoved,
        List<MillraceException> failures)
    {
        foreach (var checkpoint in listing.Checkpoints.Where(checkpoint => checkpoint.Version <= target))
        {
            if (listing.FirstGap(checkpoint.Version + 1, target) is { } gap)
            {
                failures.Add(Gap(name, listing, gap));
                return null;
            }

            var replay = new LogReplay(withRemoved);
            try
            {
                CheckpointReader.Read(files, name, checkpoint, replay);
            }
            catch (MillraceException exception) when (exception.Code == "table-checkpoint-damaged")
            {
                failures.Add(exception);
                continue;
            }

            Play(name, files, checkpoint.Version + 1, target, replay);
            if (target == checkpoint.Version)
            {
                replay.Note = ReadNote(name, files, target);
            }

            return replay;
        }

        if (listing.FirstGap(0, target) is { } first)
        {
            failures.Add(Gap(name, listing, first));
            return null;
        }

        var whole = new LogReplay(withRemoved);
        Play(name, files, 0, target, whole);
        return whole;
    }

    static void Play(string name, ITableFiles files, long first, long last, LogReplay into)
    {
        for (var version = first; version <= last; version++)
        {
            into.Apply(
                ReadEntry(name, files, version) ?? throw new MillraceException(
                    ErrorKind.Corrupt, "table-log-damaged",
                    $"The entry of version {version} of table '{name}' went away while the log was read.",
                    "Run the same command again."),
                version);
        }
    }

    static TableSnapshot Snapshot(string name, ITableFiles files, long version, LogReplay replay)
    {
        if (replay.Metadata is not { } metadata || replay.Protocol is not { } protocol)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-log-damaged",
                $"The log of table '{name}' has no {(replay.Metadata is null ? "metadata" : "protocol")}.",
                "Restore the first file of its '_delta_log' from a copy.");
        }

        return new TableSnapshot(
            name, files.Folder, version, metadata.Schema, replay.Files(), metadata.Id, replay.Attempts,
            replay.Note?.RunId)
        {
            Storage = files,
            Protocol = protocol,
            Metadata = metadata,
            Note = replay.Note,
            Transactions = replay.Transactions(),
            Domains = replay.Domains(),
            Removed = replay.Removed(),
        };
    }

    static MillraceException Gap(string name, LogListing listing, long version) => new(
        ErrorKind.Corrupt, "table-log-damaged",
        $"The log of table '{name}' has no entry for version {version}, though it has one for {listing.Newest}.",
        "Restore the missing file of '_delta_log' from a copy.");
}
