using System.Net;
using System.Net.Sockets;

namespace Millrace.Versions.Urls;

/// <summary>Reads over http and https. A name is resolved once and the address that was looked at is the one that is
/// asked; redirects are followed here, each looked at in the same way, and never from https to http.</summary>
sealed class WebSource : IDisposable
{
    const int RedirectsMax = 5;

    static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(100);

    readonly bool _allowsLocal;
    readonly SocketsHttpHandler _handler;
    readonly HttpClient _client;

    public WebSource(bool allowsLocal)
    {
        _allowsLocal = allowsLocal;
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // A proxy would resolve the name itself.
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, cancellationToken),
        };
        _client = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <param name="url">The address.</param>
    /// <param name="known">What was taken before; null for nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<UrlContent> OpenAsync(Uri url, UrlImportRecord? known, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            Check(url);
            var answer = await AskAsync(url, known?.Tag, known?.LastModified, cancellationToken).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotModified && known is not null)
            {
                answer.Dispose();
                return new UrlContent(null, known.Tag, known.LastModified, null, known.SizeBytes);
            }

            if ((int)answer.StatusCode is 301 or 302 or 303 or 307 or 308 && answer.Headers.Location is { } location)
            {
                answer.Dispose();
                var next = new Uri(url, location);
                if (redirects == RedirectsMax)
                    throw Refused(url, $"it leads on more than {RedirectsMax} times");
                if (url.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
                    throw Refused(url, $"it leads to '{Shown(next)}', which is not encrypted");
                url = next;
                continue;
            }

            if (answer.StatusCode != HttpStatusCode.OK)
            {
                var status = (int)answer.StatusCode;
                answer.Dispose();
                throw new MillraceException(
                    status is 404 or 410 ? ErrorKind.NotFound : ErrorKind.Unavailable, "source-unavailable",
                    $"'{Shown(url)}' answered with status {status}.",
                    "Check the address; what is here stays as it is.");
            }

            var (tag, modified) = Validators(answer);
            var asked = url;
            return new UrlContent(
                await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), tag, modified, null,
                answer.Content.Headers.ContentLength)
            {
                IsStillThere = tag is null && modified is null
                    ? null : cancel => IsStillThereAsync(asked, tag, modified, cancel),
            };
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    /// <summary>An address as messages may show it: a query often has a signature in it.</summary>
    public static string Shown(Uri url) => url.GetComponents(
        UriComponents.Scheme | UriComponents.Host | UriComponents.Port | UriComponents.Path, UriFormat.UriEscaped);

    static (string? Tag, string? LastModified) Validators(HttpResponseMessage answer) => (
        answer.Headers.ETag?.ToString(),
        answer.Content.Headers.LastModified?.ToString("R", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A server may send a file while it is being written: one answer is then of two contents.</summary>
    async Task<bool> IsStillThereAsync(Uri url, string? tag, string? modified, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(url, tag, modified, cancellationToken).ConfigureAwait(false);
        return answer.StatusCode == HttpStatusCode.NotModified
            || (answer.StatusCode == HttpStatusCode.OK && Validators(answer) == (tag, modified));
    }

    async Task<HttpResponseMessage> AskAsync(
        Uri url, string? tag, string? modified, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("User-Agent", "millrace");
        if (tag is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        else if (modified is not null)
            request.Headers.TryAddWithoutValidation("If-Modified-Since", modified);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
            {
                if (inner is MillraceException refused)
                    throw refused;
            }

            throw new MillraceException(
                ErrorKind.Unavailable, "source-unavailable", $"'{Shown(url)}' cannot be read: {exception.Message}",
                "Check the address and the network; what is here stays as it is.", exception);
        }
    }

    static void Check(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw Refused(url, "it is neither http nor https");
        if (url.UserInfo.Length > 0)
            throw Refused(url, "credentials must not stand in an address");
    }

    async ValueTask<Stream> ConnectAsync(DnsEndPoint place, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(place.Host.Trim('[', ']'), out var written)
            ? [written] : await Dns.GetHostAddressesAsync(place.Host, cancellationToken).ConfigureAwait(false);
        if (!_allowsLocal && addresses.FirstOrDefault(LocalNetworks.Contains) is { } local)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-local",
                $"'{place.Host}' is {local}, an address of this machine or of a private network.",
                "When it is meant, say so with '--allow-local'.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, place.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static MillraceException Refused(Uri url, string fact) => new(
        ErrorKind.Invalid, "source-refused", $"'{Shown(url)}' is not read: {fact}.",
        "Give the address of the file itself.");
}
