using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millrace.Access;

namespace Millrace.App.Serving;

/// <summary>What every request of the API passes: the host must be this server's (a page elsewhere can point a name of
/// its own at 127.0.0.1), an origin must be this server too, and the token must be there unless the route is
/// open.</summary>
/// <param name="token">The token.</param>
/// <param name="hosts">Names of this server beside addresses.</param>
/// <param name="logger">Told of failures that are the server's.</param>
sealed class ApiGuard(BearerToken token, IReadOnlyList<string> hosts, ILogger logger)
{
    const string BearerStart = "Bearer ";
    const string BasicStart = "Basic ";

    static readonly string[] Challenges = ["Bearer realm=\"Millrace\"", "Basic realm=\"Millrace\""];

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            http.User = Caller(http.Request.Headers.Authorization.ToString());
            if (Refusal(http) is { } refusal)
            {
                await RefuseAsync(http, refusal.Status, refusal.Failure).ConfigureAwait(false);
                return;
            }

            await next(http).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
        catch (Exception exception)
        {
            // The rim of the server.
            await AnswerAsync(http, exception).ConfigureAwait(false);
        }
    }

    (int Status, MillraceException Failure)? Refusal(HttpContext http)
    {
        if (!IsOurs(http.Request.Host.Host))
        {
            return (421, new MillraceException(
                ErrorKind.Invalid, "host-unknown", "This server is not called so.",
                "Use its address, or name it with '--domain NAME' when it is started."));
        }

        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && origin != $"{http.Request.Scheme}://{http.Request.Host.Value}")
        {
            return (403, new MillraceException(
                ErrorKind.Invalid, "origin-foreign", "A page of another server asks.",
                "Only pages of this server may use it."));
        }

        var policy = http.GetEndpoint()?.Metadata.GetMetadata<RoutePolicy>();
        if (http.GetEndpoint() is not null && policy is null)
        {
            logger.LogError("The route of {Path} has no policy, so it is refused.", http.Request.Path.Value);
            return (403, new MillraceException(
                ErrorKind.Invalid, "route-closed", "This route may not be used.", "Please report it."));
        }

        if (policy is not { NeedsToken: false } && !HasToken(http.Request.Headers.Authorization.ToString()))
        {
            return (401, new MillraceException(
                ErrorKind.Invalid, "token-missing", "The request does not have the server's token.",
                "Send 'Authorization: Bearer TOKEN'; the token is in .millrace/keys/token."));
        }

        return policy is not null ? null : (404, new MillraceException(
            ErrorKind.NotFound, "route-unknown", "There is no such route.", "The guide lists the routes."));
    }

    bool IsOurs(string host)
    {
        var name = host.Trim('[', ']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name, out _)
            || hosts.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    bool HasToken(string authorization)
    {
        if (authorization.StartsWith(BearerStart, StringComparison.OrdinalIgnoreCase))
        {
            return token.Matches(authorization[BearerStart.Length..].Trim());
        }

        // Clients such as git know names and passwords only; the name may be any.
        return Basic(authorization) is { } pair && token.Matches(pair.Password);
    }

    /// <summary>Who asks, as far as the name goes that comes with the token; what locks are called by.</summary>
    static ClaimsPrincipal Caller(string authorization) => Basic(authorization) is { Name.Length: > 0 } pair
        ? new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, pair.Name)], "Basic"))
        : new ClaimsPrincipal(new ClaimsIdentity());

    static (string Name, string Password)? Basic(string authorization)
    {
        var bytes = new byte[authorization.Length];
        if (!authorization.StartsWith(BasicStart, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(authorization[BasicStart.Length..].Trim(), bytes, out var size))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes.AsSpan(0, size));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }

    async Task AnswerAsync(HttpContext http, Exception exception)
    {
        var failure = exception as MillraceException;
        if (failure is null or { Kind: ErrorKind.Corrupt or ErrorKind.Unavailable }
            && exception is not BadHttpRequestException)
        {
            logger.LogError(exception, "A request ({Method}) failed.", http.Request.Method);
        }

        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        var status = exception is BadHttpRequestException bad ? bad.StatusCode : Status(failure?.Kind);
        await RefuseAsync(http, status, failure ?? new MillraceException(
            ErrorKind.Unavailable, "request-failed", "The request could not be answered.",
            "The server's log says why.")).ConfigureAwait(false);
    }

    static int Status(ErrorKind? kind) => kind switch
    {
        ErrorKind.Invalid => 400,
        ErrorKind.NotFound => 404,
        ErrorKind.Conflict => 409,
        ErrorKind.Unavailable => 503,
        _ => 500,
    };

    static async Task RefuseAsync(HttpContext http, int status, MillraceException failure)
    {
        http.Response.StatusCode = status;
        if (status == 401)
        {
            http.Response.Headers.WWWAuthenticate = Challenges;
            http.Response.Headers["LFS-Authenticate"] = Challenges[1];
        }

        await ApiRoutes.AnswerAsync(http, new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["code"] = failure.Code,
                ["message"] = failure.Message,
                ["hint"] = failure.Hint,
            },
            // What git-lfs shows.
            ["message"] = failure.Message,
        }).ConfigureAwait(false);
    }
}
