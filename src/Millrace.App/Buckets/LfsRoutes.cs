using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Millrace.App.Buckets.Operations;
using Millrace.App.Serving;
using Millrace.Buckets.Lfs;

namespace Millrace.App.Buckets;

/// <summary>The routes of a git-lfs server: batches, the basic transfer, verification and locks. Who may ask is decided
/// before them.</summary>
static class LfsRoutes
{
    const string Anonymous = "anonymous";

    static readonly string[] Roots = ["/{repository}/info/lfs", "/{owner}/{repository}/info/lfs"];

    public static void Map(IEndpointRouteBuilder routes, Workspace workspace, ServerLimits? limits = null)
    {
        var lfs = workspace.Lfs;
        var blockTimeout = (limits ?? new ServerLimits()).BlockTimeout;
        foreach (var root in Roots)
        {
            routes.MapPost($"{root}/objects/batch", context => Answered(context, () => BatchAsync(context, lfs)));
            routes.MapPost($"{root}/verify", context => Answered(context, () => VerifyAsync(context, lfs)));
            routes.MapPut($"{root}/objects/{{oid}}", context => Answered(context, () => UploadAsync(context, lfs)));
            routes.MapMethods(
                $"{root}/objects/{{oid}}", ["GET", "HEAD"],
                context => Answered(context, () => DownloadAsync(context, lfs, blockTimeout)));
            routes.MapPost($"{root}/locks", context => Answered(context, () => LockAsync(context, lfs)));
            routes.MapGet($"{root}/locks", context => Answered(context, () => LocksAsync(context, lfs)));
            routes.MapPost($"{root}/locks/verify", context => Answered(context, () => VerifyLocksAsync(context, lfs)));
            routes.MapPost(
                $"{root}/locks/{{id}}/unlock", context => Answered(context, () => UnlockAsync(context, lfs)));
        }
    }

    static async Task BatchAsync(HttpContext context, LfsStore lfs)
    {
        var repository = Repository(context);
        var request = LfsRules.ReadBatch(await ReadBodyAsync(context).ConfigureAwait(false));
        LfsRules.CheckBatch(request);
        var answers = await lfs.AnswerAsync(repository, request, context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteString("transfer", "basic");
            json.WriteString("hash_algo", "sha256");
            json.WriteStartArray("objects");
            foreach (var answer in answers)
                WriteAnswer(json, context, answer);
            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    static void WriteAnswer(Utf8JsonWriter json, HttpContext context, LfsBatchAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("oid", answer.Oid);
        json.WriteNumber("size", answer.SizeBytes);
        if (answer.ErrorMessage is not null)
        {
            json.WriteStartObject("error");
            json.WriteNumber("code", answer.ErrorStatus);
            json.WriteString("message", answer.ErrorMessage);
            json.WriteEndObject();
        }

        if (answer.Action != LfsAction.None)
        {
            json.WriteBoolean("authenticated", true);
            json.WriteStartObject("actions");
            WriteAction(
                json, context, answer.Action == LfsAction.Upload ? "upload" : "download", $"objects/{answer.Oid}");
            if (answer.Action == LfsAction.Upload)
                WriteAction(json, context, "verify", "verify");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    // A url has no secret in it: the client sends again what it sent with the batch.
    static void WriteAction(Utf8JsonWriter json, HttpContext context, string name, string path)
    {
        var request = context.Request;
        var root = request.Path.Value![..^"/objects/batch".Length];
        json.WriteStartObject(name);
        json.WriteString("href", $"{request.Scheme}://{request.Host}{request.PathBase}{new PathString(root)}/{path}");
        if (request.Headers.Authorization.ToString() is { Length: > 0 } authorization)
        {
            json.WriteStartObject("header");
            json.WriteString("Authorization", authorization);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    static async Task UploadAsync(HttpContext context, LfsStore lfs)
    {
        if (context.Request.ContentLength > LfsRules.ObjectSizeBytesMax)
            throw new LfsException(413, $"No object has more than {LfsRules.ObjectSizeBytesMax} bytes.");
        // The rules have the limit.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        // A large object may come over a slow line; its sender is known.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        await lfs.UploadAsync(Repository(context), Value(context, "oid"), context.Request.Body, context.RequestAborted)
            .ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status200OK;
    }

    static async Task DownloadAsync(HttpContext context, LfsStore lfs, TimeSpan blockTimeout)
    {
        var repository = Repository(context);
        var oid = Value(context, "oid");
        var size = await lfs.SizeAsync(repository, oid, context.RequestAborted).ConfigureAwait(false)
            ?? throw new LfsException(404, "The repository does not have the object.");
        var response = context.Response;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = $"\"{oid}\"";
        response.ContentType = "application/octet-stream";
        // It is whatever somebody pushed: a browser must not run it.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentDisposition = "attachment";
        var (offset, length) = (0L, size);
        if (LfsRange.TryParse(context.Request.Headers.Range.ToString(), size, out var range))
        {
            if (range.Length <= 0)
            {
                response.Headers.ContentRange = $"bytes */{size}";
                throw new LfsException(416, $"The object has {size} bytes, and the range begins after them.");
            }

            (offset, length) = (range.Offset, range.Length);
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {offset}-{offset + length - 1}/{size}";
        }

        response.ContentLength = length;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        var content = await lfs.OpenAsync(repository, oid, offset, length, context.RequestAborted)
            .ConfigureAwait(false);
        await using var opened = content.ConfigureAwait(false);
        await BodyCopy.RunAsync(content, context, blockTimeout, length, context.RequestAborted).ConfigureAwait(false);
    }

    static async Task VerifyAsync(HttpContext context, LfsStore lfs)
    {
        var id = LfsRules.ReadObject(await ReadBodyAsync(context).ConfigureAwait(false));
        var size = await lfs.SizeAsync(Repository(context), id.Oid, context.RequestAborted).ConfigureAwait(false)
            ?? throw new LfsException(404, "The repository does not have the object.");
        if (size != id.SizeBytes)
            throw new LfsException(422, $"The object has {size} bytes, not {id.SizeBytes}.");
    }

    static async Task LockAsync(HttpContext context, LfsStore lfs)
    {
        using var json = Json(await ReadBodyAsync(context).ConfigureAwait(false));
        var (found, isNew) = await lfs.LockAsync(
            Repository(context), Text(json, "path") ?? "", Owner(context), context.RequestAborted)
            .ConfigureAwait(false);
        await WriteAsync(context, isNew ? StatusCodes.Status201Created : StatusCodes.Status409Conflict, writer =>
        {
            writer.WritePropertyName("lock");
            WriteLock(writer, found);
            if (!isNew)
                writer.WriteString("message", $"'{found.Path}' is locked by '{found.Owner}' already.");
        }).ConfigureAwait(false);
    }

    static async Task LocksAsync(HttpContext context, LfsStore lfs)
    {
        var query = context.Request.Query;
        var locks = await lfs.LocksAsync(
            Repository(context), query["path"] is [{ Length: > 0 } path] ? path : null,
            query["id"] is [{ Length: > 0 } id] ? id : null, Cursor(query["cursor"]), context.RequestAborted)
            .ConfigureAwait(false);
        await WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            WriteLocks(json, "locks", locks.Take(LfsStore.LocksPerPageMax));
            WriteNext(json, locks);
        }).ConfigureAwait(false);
    }

    static async Task VerifyLocksAsync(HttpContext context, LfsStore lfs)
    {
        using var body = Json(await ReadBodyAsync(context).ConfigureAwait(false));
        var locks = await lfs.LocksAsync(
            Repository(context), null, null, Cursor(Text(body, "cursor")), context.RequestAborted)
            .ConfigureAwait(false);
        var owner = Owner(context);
        var page = locks.Take(LfsStore.LocksPerPageMax).ToList();
        await WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            WriteLocks(json, "ours", page.Where(item => item.Owner == owner));
            WriteLocks(json, "theirs", page.Where(item => item.Owner != owner));
            WriteNext(json, locks);
        }).ConfigureAwait(false);
    }

    static async Task UnlockAsync(HttpContext context, LfsStore lfs)
    {
        using var json = Json(await ReadBodyAsync(context).ConfigureAwait(false));
        var isForced = json.RootElement.TryGetProperty("force", out var force)
            && force.ValueKind == JsonValueKind.True;
        var gone = await lfs.UnlockAsync(
            Repository(context), Value(context, "id"), Owner(context), isForced, context.RequestAborted)
            .ConfigureAwait(false);
        await WriteAsync(context, StatusCodes.Status200OK, writer =>
        {
            writer.WritePropertyName("lock");
            WriteLock(writer, gone);
        }).ConfigureAwait(false);
    }

    static void WriteLocks(Utf8JsonWriter json, string name, IEnumerable<LfsLock> locks)
    {
        json.WriteStartArray(name);
        foreach (var item in locks)
            WriteLock(json, item);
        json.WriteEndArray();
    }

    static void WriteLock(Utf8JsonWriter json, LfsLock item)
    {
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        json.WriteString("path", item.Path);
        json.WriteString("locked_at", item.LockedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        json.WriteStartObject("owner");
        json.WriteString("name", item.Owner);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // The cursor is the last path of the page, in a spelling that every url takes.
    static void WriteNext(Utf8JsonWriter json, List<LfsLock> locks)
    {
        if (locks.Count > LfsStore.LocksPerPageMax)
        {
            json.WriteString(
                "next_cursor",
                Convert.ToHexStringLower(Encoding.UTF8.GetBytes(locks[LfsStore.LocksPerPageMax - 1].Path)));
        }
    }

    static string Cursor(string? text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromHexString(text ?? ""));
        }
        catch (FormatException)
        {
            throw new LfsException(422, "The cursor is not one of this server.");
        }
    }

    static async Task Answered(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer().ConfigureAwait(false);
        }
        catch (LfsException failure)
        {
            await RefuseAsync(context, failure.Status, failure.Message).ConfigureAwait(false);
        }
        catch (BadHttpRequestException failure)
        {
            await RefuseAsync(context, failure.StatusCode, failure.Message).ConfigureAwait(false);
        }
        catch (MillraceException failure)
        {
            await RefuseAsync(context, Status(failure), failure.Message).ConfigureAwait(false);
        }
    }

    static int Status(MillraceException failure) => failure.Kind switch
    {
        ErrorKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        _ when failure.Code == "disk-full" => StatusCodes.Status507InsufficientStorage,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    static async Task RefuseAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            // What was sent is not whole: the connection must not look as if it were.
            context.Abort();
            return;
        }

        context.Response.ContentLength = null;
        await WriteAsync(context, status, json =>
        {
            json.WriteString("message", message);
            json.WriteString("request_id", context.TraceIdentifier);
        }).ConfigureAwait(false);
    }

    static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = LfsRules.MediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted)
            .ConfigureAwait(false);
    }

    static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var block = new byte[1 << 14];
        int count;
        while ((count = await context.Request.Body.ReadAsync(block, context.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + count > LfsRules.BodySizeBytesMax)
                throw new LfsException(413, $"The body has more than {LfsRules.BodySizeBytesMax} bytes.");
            body.Write(block, 0, count);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    static JsonDocument Json(ReadOnlyMemory<byte> body)
    {
        try
        {
            var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return json;
            json.Dispose();
        }
        catch (JsonException)
        {
            // The same refusal as for JSON that is no object.
        }

        throw new LfsException(422, "The body is not a JSON object.");
    }

    static string? Text(JsonDocument json, string name)
    {
        try
        {
            return json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            throw new LfsException(422, $"'{name}' is no valid text.");
        }
    }

    static string Owner(HttpContext context) => context.User.Identity?.Name is { Length: > 0 } name ? name : Anonymous;

    static string Repository(HttpContext context) => LfsRules.Repository(
        context.Request.RouteValues.TryGetValue("owner", out _) ? Value(context, "owner") : null,
        Value(context, "repository"));

    static string Value(HttpContext context, string name) =>
        Convert.ToString(context.Request.RouteValues[name], CultureInfo.InvariantCulture) ?? "";
}
