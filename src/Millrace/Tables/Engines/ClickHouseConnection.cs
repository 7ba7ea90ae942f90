using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Millrace.Tables.Engines;

/// <summary>One server over HTTP. A query goes as the body, so that no proxy's log has it in an address.</summary>
/// <remarks>An error before the first byte comes as a status; one in the middle of an answer as text in it, which only
/// the end of the answer tells (<see cref="AnswerFile"/>). Whatever ends a wait, a cancel or the time, also ends the
/// query on the server.</remarks>
sealed class ClickHouseConnection : IDisposable
{
    const int MaxErrorBytes = 64 * 1024;
    const int MaxSmallBytes = 16 * 1024 * 1024;
    const string QueryTimeout = "max_execution_time";

    static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    readonly EngineSettings _settings;
    readonly Uri _url;
    readonly HttpClient _client;
    readonly AuthenticationHeaderValue _login;

    /// <exception cref="MillraceException"><c>engine-settings</c>: a password that is not there, or would go in the
    /// clear.</exception>
    public ClickHouseConnection(EngineSettings settings, Uri url)
    {
        _settings = settings;
        _url = url;
        if (url.Scheme is not ("http" or "https"))
        {
            throw Fault(
                $"the address '{url}' is not one of HTTP", "Write 'url: https://HOST:8443', or 'http://HOST:8123'.");
        }

        if (url is { Scheme: "http", IsLoopback: false } && !settings.IsInsecure)
        {
            throw Fault(
                $"'{url}' is another machine, and password and data would go there in the clear",
                "Use 'https://', or say 'insecure: true' when the network is your own.");
        }

        _login = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.User}:{Password()}")));
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            // What a server sends elsewhere must not get the password.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = !url.IsLoopback,
        };
        if (settings.AuthorityFile is { } authorities)
            handler.SslOptions = Trusting(authorities);
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Url => _url;

    /// <summary>The version that the server says it has.</summary>
    /// <exception cref="MillraceException"><c>engine-unreachable</c>, <c>engine-login</c>, <c>engine-answer</c>.
    /// </exception>
    public async Task<ServerVersion> VersionAsync(CancellationToken cancellationToken)
    {
        var text = await TextAsync("select version() format TabSeparated", cancellationToken).ConfigureAwait(false);
        return ServerVersion.TryParse(text)
            ?? throw EngineFault.Answer(_settings.Name, $"its version is '{text.Trim()}'.");
    }

    /// <summary>A small answer as text. It comes when it is whole.</summary>
    public async Task<string> TextAsync(string sql, CancellationToken cancellationToken) =>
        await SendAsync(
            sql, null, [new("wait_end_of_query", "1")],
            async (response, stop) =>
            {
                var stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    return await ReadTextAsync(stream, MaxSmallBytes, stop).ConfigureAwait(false)
                        ?? throw EngineFault.Answer(
                            _settings.Name, $"it is larger than {MaxSmallBytes:N0} bytes where little was asked.");
                }
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>A small answer's rows, each with its values as texts; null for null.</summary>
    public async Task<(IReadOnlyList<(string Name, string Type)> Columns, IReadOnlyList<string?[]> Rows)> RowsAsync(
        string sql, CancellationToken cancellationToken)
    {
        var text = await TextAsync($"{sql}\nformat JSONCompact", cancellationToken).ConfigureAwait(false);
        try
        {
            using var json = JsonDocument.Parse(text);
            var columns = json.RootElement.GetProperty("meta").EnumerateArray().Select(
                column => (column.GetProperty("name").GetString()!, column.GetProperty("type").GetString()!)).ToList();
            var rows = json.RootElement.GetProperty("data").EnumerateArray().Select(row => row.EnumerateArray().Select(
                value => value.ValueKind == JsonValueKind.Null ? null : value.ToString()).ToArray()).ToList();
            return (columns, rows);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            throw EngineFault.Answer(_settings.Name, "it is not the JSON that was asked for.", exception);
        }
    }

    /// <summary>Runs a statement, with data behind it when there is some.</summary>
    public Task ExecuteAsync(
        string sql, Func<Stream, CancellationToken, Task>? write, CancellationToken cancellationToken) =>
        SendAsync(
            sql, write, [new("wait_end_of_query", "1"), new("insert_distributed_sync", "1")],
            (_, _) => Task.FromResult(0), cancellationToken);

    /// <summary>Runs a query and hands over its answer while it comes.</summary>
    /// <param name="sql">One query; the format stands in it or in the settings.</param>
    /// <param name="settings">Of ClickHouse, for this query.</param>
    /// <param name="read">Called once the server says that the query runs.</param>
    /// <param name="cancellationToken">Ends the query here and there.</param>
    public Task<T> ReadAsync<T>(
        string sql, IEnumerable<KeyValuePair<string, string>> settings,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        SendAsync(sql, null, settings, read, cancellationToken);

    public void Dispose() => _client.Dispose();

    async Task<T> SendAsync<T>(
        string sql, Func<Stream, CancellationToken, Task>? write, IEnumerable<KeyValuePair<string, string>> settings,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var queryId = $"millrace-{Guid.CreateVersion7():N}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_settings.Timeout);
        using var request = new HttpRequestMessage(
            HttpMethod.Post, Address(queryId, write is null ? null : sql, settings));
        request.Headers.Authorization = _login;
        request.Content = write is null
            ? new ByteArrayContent(Encoding.UTF8.GetBytes(sql)) : new WrittenContent(write, limit.Token);
        try
        {
            using var response = await _client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                throw await ErrorAsync(response, limit.Token).ConfigureAwait(false);
            return await read(response, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await KillAsync(queryId).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new MillraceException(
                ErrorKind.Unavailable, "engine-timeout",
                $"Engine '{_settings.Name}' did not answer within {_settings.Timeout}, and the query was ended.",
                $"Raise 'engines: {_settings.Name}: timeout:', or ask for less.");
        }
        catch (HttpRequestException exception) when (exception.InnerException is MillraceException fault)
        {
            // What is sent is made while it is sent.
            throw fault;
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException
            or IOException { InnerException: SocketException })
        {
            throw Unreachable(exception);
        }
    }

    Uri Address(string queryId, string? sql, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var query = new StringBuilder();
        Add("query_id", queryId);
        if (sql is not null)
            Add("query", sql);
        if (_settings.Database is { } database)
            Add("database", database);
        foreach (var (key, value) in settings)
            Add(key, value);
        Add(QueryTimeout, Math.Ceiling(_settings.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        return new UriBuilder(_url) { Query = query.ToString() }.Uri;

        void Add(string key, string value) => query.Append(query.Length > 0 ? "&" : "")
            .Append(Uri.EscapeDataString(key)).Append('=').Append(Uri.EscapeDataString(value));
    }

    async Task<MillraceException> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var text = await ReadTextAsync(stream, MaxErrorBytes, cancellationToken).ConfigureAwait(false) ?? "";
            return ClickHouseError.Find(_settings.Name, text) ?? (response.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new MillraceException(
                    ErrorKind.Invalid, "engine-login", $"'{_url}' does not let user '{_settings.User}' in.",
                    $"Look at 'user:' and 'password-env:' of 'engines: {_settings.Name}:'."),
                _ => EngineFault.Answer(
                    _settings.Name, $"'{_url}' answered with status {(int)response.StatusCode} and no error of "
                    + "ClickHouse. Is it ClickHouse that listens there?"),
            });
        }
    }

    /// <summary>Ends a query on the server; that it can't be asked to is no fault of its own.</summary>
    async Task KillAsync(string queryId)
    {
        using var limit = new CancellationTokenSource(KillTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, _url);
        request.Headers.Authorization = _login;
        request.Content = new ByteArrayContent(
            Encoding.UTF8.GetBytes($"kill query where query_id = {ClickHouseText.Text(queryId)} async"));
        try
        {
            using var response = await _client.SendAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // The connection is closed in any case, and the server has the same limit of time.
        }
    }

    string Password()
    {
        if (_settings.PasswordVariable is { } variable)
        {
            return Environment.GetEnvironmentVariable(variable) ?? throw Fault(
                $"the environment variable '{variable}' with its password is not set", $"Set '{variable}'.");
        }

        if (_settings.PasswordFile is not { } file)
            return "";
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Fault($"the file '{file}' with its password can't be read", "Check 'password-file:'.", exception);
        }
    }

    SslClientAuthenticationOptions Trusting(string file)
    {
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            or System.Security.Cryptography.CryptographicException)
        {
            throw Fault($"the certificates in '{file}' can't be read", "Check 'ca-file:'.", exception);
        }

        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(trusted);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    MillraceException Unreachable(Exception exception) => new(
        ErrorKind.Unavailable, "engine-unreachable",
        $"Engine '{_settings.Name}' at '{_url}' can't be reached, or stopped in the middle: "
        + (exception.InnerException ?? exception).Message,
        "Check that the server runs and that 'url:' is its HTTP port. Nothing was taken from it.", exception);

    MillraceException Fault(string what, string hint, Exception? inner = null) => new(
        ErrorKind.Invalid, "engine-settings", $"Engine '{_settings.Name}': {what}.", hint, inner);

    /// <returns>Null when there is more than may be.</returns>
    static async Task<string?> ReadTextAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (text.Length + count > maxBytes)
                return null;
            text.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>What is written while it is sent.</summary>
    sealed class WrittenContent(Func<Stream, CancellationToken, Task> write, CancellationToken stop) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            write(stream, stop);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
