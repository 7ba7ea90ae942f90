using System.Globalization;
using System.Xml.Linq;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Deletes keys and versions, one or many.</summary>
static class DeleteOperations
{
    const int ManyMax = 1000;
    const int ManyBytesMax = 4 << 20;

    public static async Task OneAsync(S3Context context, CancellationToken cancellationToken)
    {
        var versionId = context.Query.GetValueOrDefault("versionId");
        var state = await BucketAccess.RequireAsync(
            context, versionId is null ? "DeleteObject" : "DeleteObjectVersion", "WRITE", cancellationToken)
            .ConfigureAwait(false);
        var headers = context.Http.Request.Headers;
        var conditions = ObjectHeaders.Conditions(headers) with
        {
            IfSize = Number(headers["x-amz-if-match-size"].ToString()),
            IfModifiedAt = RequiredTime(headers["x-amz-if-match-last-modified-time"].ToString()),
        };
        var outcome = await context.Workspace.Buckets.DeleteAsync(
            context.Bucket!, context.Key!, versionId,
            conditions == WriteConditions.None ? WriteConditions.None : conditions,
            PassesGovernance(context, state, context.Key!), cancellationToken).ConfigureAwait(false);
        var response = context.Http.Response;
        response.StatusCode = 204;
        if (outcome.VersionId is { } version)
            response.Headers["x-amz-version-id"] = version;
        if (outcome.IsMarker)
            response.Headers["x-amz-delete-marker"] = "true";
    }

    public static async Task ManyAsync(S3Context context, CancellationToken cancellationToken)
    {
        var state = await BucketAccess.StateAsync(context, context.Bucket!, cancellationToken).ConfigureAwait(false);
        // A body of megabytes is not read for somebody who can have no right to delete.
        if (context.Caller.Account is null && state.Setting(BucketSettings.Policy) is null
            && !AclGrants.Allows(state.Setting(BucketSettings.Acl) ?? "", "WRITE", null))
        {
            throw S3Failure.AccessDenied;
        }

        var request = await S3Xml.ReadAsync(context, "Delete", ManyBytesMax, cancellationToken).ConfigureAwait(false);
        var entries = request.Children("Object").ToList();
        if (entries.Count is 0 or > ManyMax || entries.Exists(entry => entry.Text("Key") is null))
            throw S3Element.Malformed();
        var isQuiet = request.Text("Quiet") == "true";
        var result = S3Element.New("DeleteResult");
        // They wait for the same commit of the catalog together.
        var answers = await Task.WhenAll(entries.Select(
            entry => DeleteEntryAsync(context, state, entry, cancellationToken))).ConfigureAwait(false);
        foreach (var answer in answers)
        {
            if (!isQuiet || answer.Name.LocalName == "Error")
                result.Add(answer);
        }

        await S3Xml.WriteAsync(context, result, cancellationToken).ConfigureAwait(false);
    }

    static async Task<XElement> DeleteEntryAsync(
        S3Context context, BucketState state, XElement entry, CancellationToken cancellationToken)
    {
        var key = entry.Text("Key") ?? throw S3Element.Malformed();
        var versionId = entry.Text("VersionId") is { Length: > 0 } text ? text : null;
        try
        {
            BucketAccess.Require(
                context, context.Caller, state, versionId is null ? "DeleteObject" : "DeleteObjectVersion", "WRITE",
                key);
            var conditions = new WriteConditions
            {
                IfMatch = entry.Text("ETag") is { } etag ? ObjectHeaders.Tags(etag) : null,
                IfSize = Number(entry.Text("Size")),
                IfModifiedAt = RequiredTime(entry.Text("LastModifiedTime")),
            };
            var outcome = await context.Workspace.Buckets.DeleteAsync(
                context.Bucket!, key, versionId,
                conditions == WriteConditions.None ? WriteConditions.None : conditions,
                PassesGovernance(context, state, key), cancellationToken).ConfigureAwait(false);
            var deleted = S3Element.New("Deleted", S3Element.New("Key", key));
            if (versionId is not null)
                deleted.Add(S3Element.New("VersionId", versionId));
            if (outcome.IsMarker)
            {
                deleted.Add(
                    S3Element.New("DeleteMarker", true),
                    S3Element.New("DeleteMarkerVersionId", outcome.VersionId));
            }

            return deleted;
        }
        catch (S3Exception exception)
        {
            return Error(key, versionId, exception);
        }
        catch (MillraceException exception)
        {
            return Error(key, versionId, S3Failure.Of(exception));
        }
    }

    static XElement Error(string key, string? versionId, S3Exception exception) => S3Element.New(
        "Error", S3Element.New("Key", key), versionId is null ? null : S3Element.New("VersionId", versionId),
        S3Element.New("Code", exception.Code), S3Element.New("Message", exception.Message));

    static bool PassesGovernance(S3Context context, BucketState state, string key) =>
        context.Http.Request.Headers["x-amz-bypass-governance-retention"] == "true"
        && BucketAccess.May(
            context, context.Caller, state, "BypassGovernanceRetention", null, key, null);

    /// <summary>A condition that cannot be read must not make the delete unconditional.</summary>
    static long? Number(string? text) => string.IsNullOrEmpty(text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw S3Failure.InvalidArgument("The size of the condition is not a number.");

    static DateTimeOffset? RequiredTime(string? text) => string.IsNullOrEmpty(text) ? null
        : ObjectHeaders.Time(text) ?? throw S3Failure.InvalidArgument("The time of the condition is not a time.");
}
