using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Tells a browser whether a page may see an answer.</summary>
static class CorsAnswers
{
    /// <summary>Adds what a rule of the bucket allows.</summary>
    /// <returns>Whether the request was only the question, and is answered.</returns>
    public static async Task<bool> HandleAsync(S3Context context, CancellationToken cancellationToken)
    {
        var request = context.Http.Request;
        var isQuestion = request.Method == HttpMethods.Options;
        var state = await context.Workspace.Buckets.StateAsync(context.Bucket!, cancellationToken)
            .ConfigureAwait(false);
        var asked = request.Headers.AccessControlRequestMethod.ToString();
        if (isQuestion && asked.Length == 0)
        {
            throw new S3Exception(
                400, "BadRequest", "Insufficient information. Access-Control-Request-Method is needed.");
        }

        var origin = request.Headers.Origin.ToString();
        // A question without a key is often asked for a later request of its own.
        var method = asked.Length > 0 ? asked : request.Method;
        var wanted = request.Headers.AccessControlRequestHeaders.ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var rule = state?.Setting(BucketSettings.Cors) is { } text
            ? CorsRules.Find(XElement.Parse(text), origin, method, wanted) : null;
        if (rule is null)
        {
            return isQuestion
                ? throw new S3Exception(
                    403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")
                : false;
        }

        Add(context.Http.Response.Headers, rule, origin, wanted);
        return isQuestion;
    }

    static void Add(IHeaderDictionary headers, XElement rule, string origin, string[] wanted)
    {
        var isForAll = rule.Children("AllowedOrigin").Any(allowed => allowed.Value == "*");
        headers.AccessControlAllowOrigin = isForAll ? "*" : origin;
        headers.AccessControlAllowMethods = string.Join(
            ", ", rule.Children("AllowedMethod").Select(method => method.Value));
        if (!isForAll)
            headers.AccessControlAllowCredentials = "true";
        if (wanted.Length > 0)
            headers.AccessControlAllowHeaders = string.Join(", ", wanted).ToLowerInvariant();
        var exposed = string.Join(", ", rule.Children("ExposeHeader").Select(header => header.Value));
        if (exposed.Length > 0)
            headers.AccessControlExposeHeaders = exposed;
        if (rule.Text("MaxAgeSeconds") is { } age)
            headers.AccessControlMaxAge = age;
        headers.Vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    }
}
