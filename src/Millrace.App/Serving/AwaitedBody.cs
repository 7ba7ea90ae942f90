using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Millrace.Objects;

namespace Millrace.App.Serving;

/// <summary>The body of a client that waits to be asked for it (<c>Expect: 100-continue</c>); the first read asks. When
/// nobody did, the answer ends the connection: such a client may send the body still or leave it out, and what comes
/// next cannot be told from it. So does a refusal, for where a body is not what was said of it, its end is in doubt.
/// Any other body that was not read to its end is dropped by Kestrel before the next request, or the connection ends
/// after five seconds.</summary>
/// <param name="body">As the server has it; it stays the server's.</param>
sealed class AwaitedBody(Stream body) : ForwardStream
{
    bool _isAsked;

    protected override long HandedOut => body.Position;

    /// <summary>Sees to a request before anything else does.</summary>
    public static Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Headers.Expect.Count > 0
            && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            var body = new AwaitedBody(http.Request.Body);
            http.Request.Body = body;
            http.Response.OnStarting(() => body.CloseIfUnaskedAsync(http.Response));
        }

        return next(http);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isAsked = true;
        return body.ReadAsync(buffer, cancellationToken);
    }

    Task CloseIfUnaskedAsync(HttpResponse response)
    {
        if (!_isAsked || response.StatusCode >= StatusCodes.Status400BadRequest)
            response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
