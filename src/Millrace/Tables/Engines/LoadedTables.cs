using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Tables on servers that can't read them in place: each version is loaded once, spread over the nodes, under
/// a name that its content gives it.</summary>
/// <remarks><code>
/// millrace_TABLE_HASH           what is queried: over all nodes, or the rows themselves on a single server
/// millrace_TABLE_HASH_part      the rows of one node
/// millrace_TABLE_HASH_load_ID   rows that are still coming
/// </code>The first exists only when all rows are there and were counted. Which rows a node gets depends on the content
/// alone, so that two processes that load at once load the same. When a version has been loaded, the other versions of
/// that table, and what loads that ended left, are dropped: at most one version of a table stays on a server.</remarks>
sealed class LoadedTables : IDisposable
{
    const string Prefix = "millrace_";
    const int HashDigits = 32;

    readonly EngineSettings _settings;
    readonly ClickHouseConnection _first;
    readonly TableStore _tables;
    readonly IReadOnlyList<ClickHouseConnection> _nodes;
    readonly SemaphoreSlim _loading = new(1);

    public LoadedTables(EngineSettings settings, ClickHouseConnection first, TableStore tables)
    {
        _settings = settings;
        _first = first;
        _tables = tables;
        _nodes = settings.Nodes.Count == 0
            ? [first] : [.. settings.Nodes.Select(node => new ClickHouseConnection(settings, node))];
    }

    /// <summary>The name under which a snapshot can be queried; it is loaded when it is not there.</summary>
    public async Task<string> EnsureAsync(
        TableSnapshot snapshot, ServerVersion version, CancellationToken cancellationToken)
    {
        if (_settings.Cluster is not null && _settings.Nodes.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "engine-settings",
                $"Engine '{_settings.Name}' is ClickHouse {version}, which can't read tables, so they are loaded to "
                + "it; that needs every node of its cluster.",
                "List their HTTP addresses with 'nodes:'.");
        }

        var name = NameOf(snapshot);
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await ExistsAsync(name, cancellationToken).ConfigureAwait(false))
                await LoadAsync(name, snapshot, version, cancellationToken).ConfigureAwait(false);
            return name;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Drops loaded tables by their names, on every node.</summary>
    /// <returns>How many on the first server.</returns>
    public async Task<int> DropAsync(Func<string, bool> isDropped, CancellationToken cancellationToken)
    {
        var dropped = 0;
        // What is queried goes before the rows below it.
        foreach (var server in (ClickHouseConnection[])[_first, .. _nodes.Where(node => node != _first)])
        {
            var (_, rows) = await server.RowsAsync(
                $"select name from system.tables where database = currentDatabase() "
                + $"and position(name, {ClickHouseText.Text(Prefix)}) = 1 order by length(name), name",
                cancellationToken).ConfigureAwait(false);
            foreach (var name in rows.Select(row => row[0]!).Where(isDropped))
            {
                await server.ExecuteAsync(
                    $"drop table if exists {ClickHouseText.Name(name)}", null, cancellationToken).ConfigureAwait(false);
                dropped += server == _first ? 1 : 0;
            }
        }

        return dropped;
    }

    public void Dispose()
    {
        foreach (var node in _nodes.Where(node => node != _first))
            node.Dispose();
        _loading.Dispose();
    }

    bool IsSpread => _settings.Cluster is not null;

    string NameOf(TableSnapshot snapshot)
    {
        var place = $"{snapshot.Identity()} {_settings.Cluster} {_nodes.Count}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)))[..HashDigits];
        return $"{PrefixOf(snapshot)}{hash}";
    }

    static string PrefixOf(TableSnapshot snapshot) => $"{Prefix}{snapshot.Name}_";

    async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        (await _first.RowsAsync($"exists table {ClickHouseText.Name(name)}", cancellationToken).ConfigureAwait(false))
            .Rows[0][0] == "1";

    async Task LoadAsync(
        string name, TableSnapshot snapshot, ServerVersion version, CancellationToken cancellationToken)
    {
        using var writer = new RowBinaryWriter(snapshot.Name, version);
        var columns = string.Join(", ", snapshot.Schema.Columns.Select(
            column => $"{ClickHouseText.Name(column.Name)} {writer.TypeOf(column)}"));
        var part = IsSpread ? $"{name}_part" : name;
        var loading = $"{name}_load_{Guid.CreateVersion7():N}";
        try
        {
            for (var node = 0; node < _nodes.Count; node++)
            {
                await _nodes[node].ExecuteAsync(
                    $"create table {ClickHouseText.Name(loading)} ({columns}) engine = MergeTree order by tuple()",
                    null, cancellationToken).ConfigureAwait(false);
                await FillAsync(node, loading, snapshot, version, cancellationToken).ConfigureAwait(false);
            }

            foreach (var node in _nodes)
                await RenameAsync(node, loading, part, cancellationToken).ConfigureAwait(false);
            if (IsSpread)
            {
                await _first.ExecuteAsync(
                    $"create table if not exists {ClickHouseText.Name(name)} ({columns}) engine = Distributed("
                    + $"{ClickHouseText.Text(_settings.Cluster!)}, currentDatabase(), {ClickHouseText.Text(part)})",
                    null, cancellationToken).ConfigureAwait(false);
            }

            await CountAsync(name, snapshot, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // It may be the connection that failed; then the next load drops it.
            foreach (var node in _nodes)
                await TryDropAsync(node, loading).ConfigureAwait(false);
            throw;
        }

        var prefix = PrefixOf(snapshot);
        await DropAsync(
            other => other.StartsWith(prefix, StringComparison.Ordinal) && other.Length >= prefix.Length + HashDigits
                && other[prefix.Length..].Split('_')[0].Length == HashDigits && other != name && other != part,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a node its batches: every n-th.</summary>
    async Task FillAsync(
        int node, string target, TableSnapshot snapshot, ServerVersion version, CancellationToken cancellationToken)
    {
        using var session = _tables.OpenSession();
        session.Attach("t", snapshot);
        using var reader = new ArrowReader(
            session, $"select {SqlName.QuoteAll(snapshot.Schema.Columns.Select(column => column.Name))} from t",
            cancellationToken);
        using var writer = new RowBinaryWriter(snapshot.Name, version);
        await _nodes[node].ExecuteAsync(
            $"insert into {ClickHouseText.Name(target)} format RowBinary",
            async (stream, stop) =>
            {
                for (var number = 0L; await reader.ReadAsync().ConfigureAwait(false) is { } batch; number++)
                {
                    using (batch)
                    {
                        if (number % _nodes.Count == node)
                            await stream.WriteAsync(writer.Write(batch, snapshot.Schema), stop).ConfigureAwait(false);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    static async Task RenameAsync(
        ClickHouseConnection node, string from, string to, CancellationToken cancellationToken)
    {
        var (_, rows) = await node.RowsAsync($"exists table {ClickHouseText.Name(to)}", cancellationToken)
            .ConfigureAwait(false);
        // Another process was faster, with the same rows.
        await node.ExecuteAsync(
            rows[0][0] == "1" ? $"drop table if exists {ClickHouseText.Name(from)}"
                : $"rename table {ClickHouseText.Name(from)} to {ClickHouseText.Name(to)}",
            null, cancellationToken).ConfigureAwait(false);
    }

    async Task CountAsync(string name, TableSnapshot snapshot, CancellationToken cancellationToken)
    {
        var (_, rows) = await _first.RowsAsync(
            $"select toString(count()) from {ClickHouseText.Name(name)}", cancellationToken).ConfigureAwait(false);
        var expected = snapshot.RowCount.ToString(CultureInfo.InvariantCulture);
        if (rows[0][0] == expected)
            return;
        await TryDropAsync(_first, name).ConfigureAwait(false);
        foreach (var node in _nodes)
            await TryDropAsync(node, $"{name}_part").ConfigureAwait(false);
        throw EngineFault.Answer(
            _settings.Name, $"of {expected} rows of table '{snapshot.Name}' that were loaded it has {rows[0][0]}. Are "
            + "'nodes:' all servers of the cluster, each once?");
    }

    static async Task TryDropAsync(ClickHouseConnection node, string name)
    {
        try
        {
            await node.ExecuteAsync(
                $"drop table if exists {ClickHouseText.Name(name)}", null, CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (MillraceException)
        {
            // What failed before is the error that counts.
        }
    }
}
