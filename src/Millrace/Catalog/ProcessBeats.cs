namespace Millrace.Catalog;

/// <summary>Tells which processes live that hold leases and intents: those of this folder by the locks of their own,
/// those of other machines and folders that share the catalog by the signs of life that they leave in it.</summary>
/// <remarks>A process that gave no sign for <see cref="Lease"/> counts as dead, and what it held may be taken over. All
/// times are the server's, so that the clocks of machines need not agree. An embedded catalog is not shared: there the
/// locks tell everything.</remarks>
sealed class ProcessBeats : IAsyncDisposable
{
    const string Now = "cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";

    /// <summary>How long a process elsewhere counts as living after its last sign.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>How often a process gives a sign.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    readonly ICatalog _catalog;
    readonly ProcessFolder _process;
    readonly CancellationTokenSource _ended = new();
    readonly bool _isShared;
    Task _beating = Task.CompletedTask;
    int _isDisposed;

    public ProcessBeats(ICatalog catalog, ProcessFolder process)
    {
        _catalog = catalog;
        _process = process;
        _isShared = catalog is PostgresCatalog;
        Host = _isShared ? process.Place : ProcessFolder.Host;
    }

    /// <summary>The name of this process in leases and intents.</summary>
    public string Id => _process.Id;

    /// <summary>This process's folder for temporary files.</summary>
    public string Path => _process.Path;

    /// <summary>What stands in leases and intents as the place of this process.</summary>
    public string Host { get; }

    /// <summary>The machine that a place is on, for people.</summary>
    public static string MachineOf(string host) => host.Split(ProcessFolder.PlaceMark)[0];

    /// <summary>Gives the first sign, and then one every <see cref="Interval"/> until this is disposed.</summary>
    /// <exception cref="MillraceException"><c>catalog-unavailable</c>.</exception>
    public async Task StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (!_isShared)
        {
            return;
        }

        await BeatAsync(cancellationToken).ConfigureAwait(false);
        _beating = Task.Run(() => BeatOnAsync(time), CancellationToken.None);
    }

    /// <summary>Whether a process lives.</summary>
    /// <param name="session">Where the signs are.</param>
    /// <param name="processId">Its name.</param>
    /// <param name="host">Its place.</param>
    public bool IsAlive(CatalogSession session, string processId, string host) =>
        _process.IsHere(host) || !_isShared
            ? _process.IsAlive(processId, host)
            : session.Count(
                $"select count(*) from process_beat where process_id = @id and beat_at > {Now} - @lease",
                ("id", processId), ("lease", Microseconds(Lease))) > 0;

    /// <summary>The living processes of other folders and machines that share the catalog, each as its place.</summary>
    public Task<List<string>> OthersAsync(CancellationToken cancellationToken) => _isShared
        ? _catalog.ReadAsync(
            session => session.Query(
                $"""
                select host from process_beat where process_id <> @id and host <> @host and beat_at > {Now} - @lease
                order by host
                """,
                row => row.Text(0), ("id", Id), ("host", Host), ("lease", Microseconds(Lease))),
            cancellationToken)
        : Task.FromResult(new List<string>());

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        if (_isShared)
        {
            try
            {
                await _catalog.WriteAsync(session =>
                    session.Execute("delete from process_beat where process_id = @id", ("id", Id)))
                    .ConfigureAwait(false);
            }
            catch (MillraceException)
            {
                // The server is gone; the lease ends by itself.
            }
        }

        _ended.Dispose();
    }

    async Task BeatOnAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
            {
                try
                {
                    await BeatAsync(_ended.Token).ConfigureAwait(false);
                    await ForgetAsync(_ended.Token).ConfigureAwait(false);
                }
                catch (MillraceException)
                {
                    // The server may be back at the next one, and the lease lasts for several.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It was disposed.
        }
    }

    Task BeatAsync(CancellationToken cancellationToken) => _catalog.WriteAsync(
        session => session.Execute(
            $"""
            insert into process_beat (process_id, host, pid, beat_at) values (@id, @host, @pid, {Now})
            on conflict (process_id) do update set beat_at = excluded.beat_at
            """,
            ("id", Id), ("host", Host), ("pid", Environment.ProcessId)),
        cancellationToken);

    /// <summary>Deletes the signs of what is long dead, so that the table stays small.</summary>
    Task ForgetAsync(CancellationToken cancellationToken) => _catalog.WriteAsync(
        session => session.Execute(
            $"delete from process_beat where beat_at < {Now} - @old", ("old", Microseconds(Lease * 100))),
        cancellationToken);

    static long Microseconds(TimeSpan span) => (long)span.TotalMicroseconds;
}
