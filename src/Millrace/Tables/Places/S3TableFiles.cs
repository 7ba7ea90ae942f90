using System.Collections.Concurrent;
using Millrace.Objects.Backends;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Places;

/// <summary>A table in a bucket.</summary>
/// <remarks>Entries and checkpoints may be replaced by an erasure, so each is known by the tag that the listing told;
/// data files and what stands beside them have names that are never used twice. What was listed is remembered: one is
/// made for each look at the table.</remarks>
/// <param name="place">All tables.</param>
/// <param name="table">The table's name.</param>
sealed class S3TableFiles(S3TablePlace place, string table) : ITableFiles
{
    /// <summary>Entries that are read at once when one is asked for.</summary>
    const int ReadAheadEntries = 32;

    /// <summary>How often in a row it may be unknown whether a file was put.</summary>
    const int UnknownPutsMax = 3;

    const string LogPrefix = LogListing.Folder + "/";

    readonly ConcurrentDictionary<string, BackendFile> _listed = new(StringComparer.Ordinal);
    string[] _entries = [];
    int _unknownPuts;

    /// <inheritdoc/>
    public string Place { get; } = $"{place.Url}/{table}";

    /// <inheritdoc/>
    public string Folder { get; } = Path.Combine(place.Cache.Folder, table);

    /// <inheritdoc/>
    public IReadOnlyList<string>? List(string folder, string? after = null)
    {
        var prefix = $"{NameOf(folder)}/";
        var files = place.Files(prefix, after is null ? null : prefix + after);
        // A later look may find that an entry is gone.
        foreach (var path in _listed.Keys.Where(path => path.StartsWith($"{folder}/", StringComparison.Ordinal)))
        {
            _listed.TryRemove(path, out _);
        }

        var names = new List<string>();
        foreach (var file in files)
        {
            var name = file.Name[prefix.Length..];
            if (name.Contains('/', StringComparison.Ordinal))
            {
                continue;
            }

            names.Add(name);
            _listed[$"{folder}/{name}"] = file;
        }

        if (folder == LogListing.Folder)
        {
            _entries = [.. names.Where(IsEntry).Select(name => LogPrefix + name)];
        }

        return names.Count > 0 || after is not null ? names : null;
    }

    /// <inheritdoc/>
    public IEnumerable<TableFile> Walk() => place.Files($"{table}/", null).Select(
        file => new TableFile(file.Name[(table.Length + 1)..], file.SizeBytes, file.ModifiedAt));

    /// <inheritdoc/>
    public Stream? Open(string path)
    {
        var name = NameOf(path);
        if (IsRemembered(path) && _listed.TryGetValue(path, out var entry))
        {
            if (place.Entries.Find(name, entry.Tag) is null && entry.SizeBytes <= EntryMemory.EntryBytesMax)
            {
                ReadAhead(path);
            }

            if (place.Entries.Find(name, entry.Tag) is { } known)
            {
                return new MemoryStream(known, writable: false);
            }

            if (entry.SizeBytes > S3Backend.PartSize)
            {
                return new RangeStream(place, entry);
            }
        }

        // Whatever else is not Parquet is small.
        if (Path.GetExtension(path) is not (".parquet" or ".bin"))
        {
            return place.Read(name) is { } small ? new MemoryStream(small.Bytes, writable: false) : null;
        }

        if (place.Find(name) is not { } file)
        {
            return null;
        }

        return file.SizeBytes > S3Backend.PartSize ? new RangeStream(place, file)
            : place.Read(name) is { } value ? new MemoryStream(value.Bytes, writable: false) : null;
    }

    /// <inheritdoc/>
    public bool Exists(string path) => _listed.ContainsKey(path) || place.Find(NameOf(path)) is not null;

    /// <inheritdoc/>
    public string? FirstMissing(IReadOnlyList<string> paths)
    {
        // Tables that a clone names files of are listed as well.
        var names = paths.Select(path => (Path: path, Name: NameOf(path))).ToList();
        var there = names.Select(file => file.Name[..(file.Name.IndexOf('/', StringComparison.Ordinal) + 1)]).Distinct()
            .SelectMany(prefix => place.Files(prefix, null)).Select(file => file.Name)
            .ToHashSet(StringComparer.Ordinal);
        return names.FirstOrDefault(file => !there.Contains(file.Name)).Path;
    }

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt(string path) =>
        _listed.TryGetValue(path, out var file) ? file.ModifiedAt : place.Find(NameOf(path))?.ModifiedAt;

    /// <inheritdoc/>
    public void Create()
    {
        // A bucket has no folders.
    }

    /// <inheritdoc/>
    public bool TryPut(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var isPut = place.TryPut(NameOf(path), bytes.ToArray());
            _unknownPuts = 0;
            return isPut;
        }
        catch (MillraceException exception)
            when (exception.Code == "remote-unavailable" && ++_unknownPuts < UnknownPutsMax)
        {
            // The answer was lost, and perhaps the question too. Who finds the name taken by his own attempt has won.
            return false;
        }
    }

    /// <inheritdoc/>
    public void Put(string path, ReadOnlySpan<byte> bytes) => place.Put(NameOf(path), bytes.ToArray());

    /// <inheritdoc/>
    public void Publish(string file, string path)
    {
        place.Send(file, NameOf(path));
        File.Delete(file);
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        var name = NameOf(path);
        place.Delete(name);
        place.Cache.Drop(name);
        _listed.TryRemove(path, out _);
    }

    /// <inheritdoc/>
    public void Drop(string path)
    {
        var staged = StagePath(path);
        if (File.Exists(staged))
        {
            File.Delete(staged);
        }
        else
        {
            Delete(path);
        }
    }

    /// <inheritdoc/>
    public void Settle(IEnumerable<string> paths)
    {
        // The service answers when it is.
    }

    /// <inheritdoc/>
    public string Address(string path) => $"{place.Url}/{NameOf(path)}";

    /// <inheritdoc/>
    public string LocalPath(string path)
    {
        var name = NameOf(path);
        var local = Path.Combine(place.Cache.Folder, name);
        if (!path.StartsWith(LogPrefix, StringComparison.Ordinal))
        {
            if (!place.Cache.TryUse(local, -1))
            {
                place.Fetch([new WantedFile(name, local, Address(path), -1, "", null)]);
            }

            return local;
        }

        if (!_listed.TryGetValue(path, out var file))
        {
            if (place.Find(name) is not { } found)
            {
                return local;
            }

            file = found;
        }

        local = $"{local}~{Digits(file.Tag)}";
        if (!place.Cache.TryUse(local, file.SizeBytes))
        {
            place.Fetch([new WantedFile(name, local, Address(path), file.SizeBytes, "", file.Tag)]);
        }

        return local;
    }

    /// <inheritdoc/>
    public void Bring(IReadOnlyList<PlacedFile> files)
    {
        var wanted = new List<WantedFile>();
        foreach (var file in files)
        {
            if (!place.Cache.TryUse(file.Path, file.File.SizeBytes))
            {
                var name = Path.GetRelativePath(place.Cache.Folder, file.Path);
                var staged = Path.Combine(place.Folder, name);
                // What is checked before it is sent.
                if (File.Exists(staged))
                {
                    place.Cache.Copy(staged, file.Path);
                    continue;
                }

                wanted.Add(new WantedFile(
                    name, file.Path, $"{place.Url}/{name}", file.File.SizeBytes, file.File.Hash, null));
            }
        }

        if (wanted.Count == 0)
        {
            return;
        }

        place.Fetch(wanted);
        if (wanted.Find(file => !File.Exists(file.Path)) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-file-missing", $"'{missing.Address}' is not there.",
                "Restore the file from a copy; 'millrace fsck' lists everything that is missing.");
        }
    }

    /// <inheritdoc/>
    public string StagePath(string path) => Path.Combine(place.Folder, NameOf(path));

    /// <inheritdoc/>
    public void SweepStaged(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(Path.Combine(place.Folder, table));
        if (!folder.Exists)
        {
            return;
        }

        foreach (var file in folder.EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.LastWriteTimeUtc < before.UtcDateTime))
        {
            file.Delete();
        }
    }

    /// <inheritdoc/>
    public Task KeepAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) => place.SendAsync(
        paths.Where(path => !path.StartsWith("../", StringComparison.Ordinal))
            .Select(path => (File: StagePath(path), Name: NameOf(path))).Where(file => File.Exists(file.File)).ToList(),
        cancellationToken);

    /// <summary>The name in the bucket: only those of this table and of those beside it can be said.</summary>
    string NameOf(string path) => Path.GetFullPath($"/{table}/{path}")[1..];

    void ReadAhead(string path)
    {
        var first = Math.Max(0, Array.BinarySearch(_entries, path, StringComparer.Ordinal));
        List<BackendFile> wanted = [.. _entries.Skip(first).Take(ReadAheadEntries)
            .Select(entry => _listed.GetValueOrDefault(entry))
            .Where(entry => entry.Name is not null && entry.SizeBytes <= EntryMemory.EntryBytesMax
                && place.Entries.Find(entry.Name, entry.Tag) is null)];
        place.ReadAhead(wanted);
    }

    static bool IsRemembered(string path) => path.StartsWith(LogPrefix, StringComparison.Ordinal) && IsEntry(path);

    static bool IsEntry(string name) => name.EndsWith(".json", StringComparison.Ordinal)
        && !name.Contains(".checkpoint.", StringComparison.Ordinal);

    /// <summary>A tag as a part of a file's name.</summary>
    static string Digits(string tag) =>
        string.Concat(tag.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'));
}
