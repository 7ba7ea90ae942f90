using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Millrace.App.Buckets;

namespace Millrace.App.Serving;

/// <summary>Every route of the API; rooms add theirs here.</summary>
static class ApiRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Workspace workspace, ServerLimits? limits = null)
    {
        var open = routes.MapGroup("").WithMetadata(RoutePolicy.Open);
        open.MapGet("/healthz", http => AnswerAsync(http, new JsonObject { ["status"] = "ok" }));

        var guarded = routes.MapGroup("").WithMetadata(RoutePolicy.Token);
        guarded.MapGet("/api/v1/version", http => AnswerAsync(http, new JsonObject
        {
            ["version"] = typeof(ApiRoutes).Assembly.GetName().Version!.ToString(3),
            ["workspaceFormat"] = Workspace.FormatVersion,
            ["catalogFormat"] = workspace.Catalog.FormatVersion,
        }));
        LfsRoutes.Map(guarded, workspace, limits);
    }

    public static async Task AnswerAsync(HttpContext http, JsonObject answer)
    {
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer.ToJsonString() + "\n", http.RequestAborted).ConfigureAwait(false);
    }
}
