using System.Collections.Concurrent;
using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Objects.Backends;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Places;

/// <summary>Tables in a bucket, each under its name, with copies here of what was read or written here.
/// docs/formats/tables.md.</summary>
/// <remarks>The code of tables is synchronous, as DuckDB is: a thread that needs the bucket waits for it. A file of up
/// to 8 MiB comes in one answer; larger ones in ranges, a few at a time, all of one content by its tag.</remarks>
sealed class S3TablePlace : ITablePlace
{
    /// <summary>Files that are sent or fetched at once.</summary>
    const int FilesMax = 4;

    /// <summary>Ranges of one file that are fetched at once.</summary>
    const int RangesMax = 2;

    /// <summary>Entries of a log that are fetched at once.</summary>
    const int EntriesMax = 8;

    readonly S3Backend _backend;
    readonly ConcurrentDictionary<string, Lazy<Task>> _fetching = new(StringComparer.Ordinal);

    /// <param name="url">The address, <c>s3://bucket/prefix</c>.</param>
    /// <param name="backend">Speaks to it; disposed with this.</param>
    /// <param name="folder">Where new files are written before they are sent.</param>
    /// <param name="cache">The copies.</param>
    public S3TablePlace(string url, S3Backend backend, string folder, TableCache cache)
    {
        Url = url;
        _backend = backend;
        Folder = folder;
        Cache = cache;
    }

    /// <summary>The address, <c>s3://bucket/prefix</c>.</summary>
    public string Url { get; }

    /// <inheritdoc/>
    public string Folder { get; }

    public TableCache Cache { get; }

    public EntryMemory Entries { get; } = new();

    /// <summary>The whole address: other workspaces may have other tables under the same names.</summary>
    public string LocationOf(string table) => $"{Url}/{table}";

    /// <inheritdoc/>
    public ITableFiles Of(string table) => new S3TableFiles(this, SqlName.CheckTable(table));

    /// <inheritdoc/>
    public IReadOnlyList<string> List() =>
        [.. Wait(() => _backend.FoldersAsync(CancellationToken.None)).Where(SqlName.IsTable)];

    /// <inheritdoc/>
    public void Dispose() => _backend.Dispose();

    public List<BackendFile> Files(string prefix, string? after) =>
        Wait(() => _backend.FilesAsync(prefix, after, CancellationToken.None));

    public BackendFile? Find(string name) => Wait(() => _backend.FindAsync(name, CancellationToken.None));

    public BackendValue? Read(string name) => Wait(() => _backend.ReadAsync(name, CancellationToken.None));

    /// <summary>Fills the target from a part of one content of a file.</summary>
    public int Read(string name, string tag, long offset, Memory<byte> target) =>
        Wait(() => _backend.ReadAsync(name, tag, offset, target, CancellationToken.None));

    public bool TryPut(string name, byte[] bytes) =>
        Wait(() => _backend.TryPutAsync(name, bytes, CancellationToken.None));

    public void Put(string name, byte[] bytes)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        Wait(() => _backend.PutAsync(name, stream, bytes.Length, CancellationToken.None));
    }

    public void Delete(string name) => Wait(() => _backend.DeleteAsync(name, CancellationToken.None));

    /// <summary>Sends a file of this machine, over one that may be there.</summary>
    public void Send(string file, string name) => Wait(() => UploadAsync(file, name, CancellationToken.None));

    /// <summary>Sends files of this machine, a few at a time, and keeps them as the copies here.</summary>
    public Task SendAsync(IEnumerable<(string File, string Name)> files, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            files, new ParallelOptions { MaxDegreeOfParallelism = FilesMax, CancellationToken = cancellationToken },
            async (file, cancel) => await SendAsync(file.File, file.Name, cancel).ConfigureAwait(false));

    /// <summary>Brings copies of files here, a few at a time. Of what is not there, none comes.</summary>
    /// <param name="wanted">Each with the path of its copy; a negative size and an empty hash are not known.</param>
    public void Fetch(IReadOnlyList<WantedFile> wanted) => Wait(() => Parallel.ForEachAsync(
        wanted, new ParallelOptions { MaxDegreeOfParallelism = FilesMax },
        async (file, _) => await FetchOnceAsync(file).ConfigureAwait(false)));

    /// <summary>Reads entries of a log into the memory, several at once.</summary>
    public void ReadAhead(IReadOnlyList<BackendFile> entries) => Wait(() => Parallel.ForEachAsync(
        entries, new ParallelOptions { MaxDegreeOfParallelism = EntriesMax },
        async (entry, cancel) =>
        {
            if (await _backend.ReadAsync(entry.Name, cancel).ConfigureAwait(false) is { } value)
            {
                Entries.Add(entry.Name, value.Tag, value.Bytes);
            }
        }));

    async Task SendAsync(string file, string name, CancellationToken cancellationToken)
    {
        await UploadAsync(file, name, cancellationToken).ConfigureAwait(false);
        Cache.Place(file, Path.Combine(Cache.Folder, name));
    }

    async Task UploadAsync(string file, string name, CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(file);
        await using (stream.ConfigureAwait(false))
        {
            await _backend.PutAsync(name, stream, stream.Length, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Many threads that want one file wait for one of them.</summary>
    async Task FetchOnceAsync(WantedFile file)
    {
        var fetching = _fetching.GetOrAdd(file.Path, _ => new Lazy<Task>(() => FetchAsync(file)));
        try
        {
            await fetching.Value.ConfigureAwait(false);
        }
        finally
        {
            _fetching.TryRemove(new(file.Path, fetching));
        }
    }

    async Task FetchAsync(WantedFile file)
    {
        var size = file.SizeBytes;
        var tag = file.Tag;
        if (size is < 0 or > S3Backend.PartSize && tag is null)
        {
            if (await _backend.FindAsync(file.Name, CancellationToken.None).ConfigureAwait(false) is not { } found)
            {
                return;
            }

            if (size >= 0 && found.SizeBytes != size)
            {
                throw Damaged(file, $"it has {found.SizeBytes:N0} bytes where {size:N0} were written");
            }

            (size, tag) = (found.SizeBytes, found.Tag);
        }

        var aside = Cache.Aside();
        try
        {
            if (await DownloadAsync(file, size, tag, aside).ConfigureAwait(false))
            {
                Cache.Place(aside, file.Path);
            }
        }
        finally
        {
            if (File.Exists(aside))
            {
                File.Delete(aside);
            }
        }
    }

    /// <returns>False when there is no such file.</returns>
    async Task<bool> DownloadAsync(WantedFile file, long size, string? tag, string aside)
    {
        using var handle = File.OpenHandle(aside, FileMode.CreateNew, FileAccess.ReadWrite);
        if (size <= S3Backend.PartSize)
        {
            if (await _backend.ReadAsync(file.Name, CancellationToken.None).ConfigureAwait(false) is not { } value)
            {
                return false;
            }

            if (value.Bytes.Length != size)
            {
                throw Damaged(file, $"it has {value.Bytes.Length:N0} bytes where {size:N0} were written");
            }

            await RandomAccess.WriteAsync(handle, value.Bytes, 0).ConfigureAwait(false);
            CheckHash(file, SHA256.HashData(value.Bytes));
        }
        else
        {
            var ranges = Enumerable.Range(0, (int)((size + S3Backend.PartSize - 1) / S3Backend.PartSize));
            await Parallel.ForEachAsync(
                ranges, new ParallelOptions { MaxDegreeOfParallelism = RangesMax },
                async (range, cancel) =>
                {
                    var offset = (long)range * S3Backend.PartSize;
                    var bytes = new byte[Math.Min(S3Backend.PartSize, size - offset)];
                    var count = await _backend.ReadAsync(file.Name, tag, offset, bytes, cancel).ConfigureAwait(false);
                    if (count != bytes.Length)
                    {
                        throw Damaged(file, $"it ends before byte {offset + bytes.Length:N0}");
                    }

                    await RandomAccess.WriteAsync(handle, bytes, offset, cancel).ConfigureAwait(false);
                }).ConfigureAwait(false);
            using var stream = File.OpenRead(aside);
            CheckHash(file, await SHA256.HashDataAsync(stream).ConfigureAwait(false));
        }

        DurableFile.Sync(handle, aside);
        return true;
    }

    static void CheckHash(WantedFile file, byte[] hash)
    {
        if (file.Hash.Length > 0 && Convert.ToHexStringLower(hash) != file.Hash)
        {
            throw Damaged(file, "it has other bytes than were written");
        }
    }

    static MillraceException Damaged(WantedFile file, string how) => new(
        ErrorKind.Corrupt, "table-file-damaged", $"'{file.Address}' can't be used: {how}.",
        "Restore the file from a copy; 'millrace fsck' lists everything that is damaged.");

#pragma warning disable VSTHRD002 // Tables are read and written by synchronous code, as DuckDB is.
    static void Wait(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();

    static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
