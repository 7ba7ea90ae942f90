using Microsoft.AspNetCore.Http;
using Millrace.App.Buckets.Operations;
using Millrace.Buckets;

namespace Millrace.App.Buckets;

/// <summary>Finds the operation that a request asks for, by its method and its query.</summary>
static class S3Operations
{
    /// <summary>Sub-resources that S3 has and Millrace has not: never taken for another operation.</summary>
    static readonly string[] NotHere =
    [
        "accelerate", "analytics", "intelligent-tiering", "inventory", "logging", "metrics", "notification",
        "replication", "requestPayment", "restore", "select", "session", "torrent", "metadataTable", "rename",
    ];

    /// <summary>Answers the request.</summary>
    /// <exception cref="S3Exception">It is refused.</exception>
    public static async Task HandleAsync(S3Context context, CancellationToken cancellationToken)
    {
        try
        {
            if (context.Bucket is null)
            {
                await RootAsync(context, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (context.Bucket == VersionBucket.Name)
            {
                await VersionOperations.HandleAsync(context, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (context.Http.Request.Headers.Origin.Count > 0
                && await CorsAnswers.HandleAsync(context, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            foreach (var name in NotHere)
            {
                if (context.HasQuery(name))
                    throw S3Failure.NotImplemented(name);
            }

            if (string.IsNullOrEmpty(context.Key))
                await BucketAsync(context, cancellationToken).ConfigureAwait(false);
            else
                await ObjectAsync(context, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException failure)
        {
            throw WithAnswered(context, S3Failure.Of(failure));
        }
        catch (S3Exception failure)
        {
            throw WithAnswered(context, failure);
        }
    }

    static Task RootAsync(S3Context context, CancellationToken cancellationToken) =>
        context.Http.Request.Method == HttpMethods.Get
            ? BucketOperations.ListBucketsAsync(context, cancellationToken)
            : throw NotAllowed();

    static Task BucketAsync(S3Context context, CancellationToken cancellationToken)
    {
        var method = context.Http.Request.Method;
        if (BucketSettingOperations.Find(context) is { } setting)
            return setting(context, cancellationToken);
        return method switch
        {
            "GET" when context.HasQuery("versions") => ListOperations.VersionsAsync(context, cancellationToken),
            "GET" when context.HasQuery("uploads") => ListOperations.UploadsAsync(context, cancellationToken),
            "GET" when context.Query.GetValueOrDefault("list-type") == "2" =>
                ListOperations.SecondAsync(context, cancellationToken),
            "GET" => ListOperations.FirstAsync(context, cancellationToken),
            "HEAD" => BucketOperations.HeadAsync(context, cancellationToken),
            "PUT" => BucketOperations.CreateAsync(context, cancellationToken),
            "DELETE" => BucketOperations.DeleteAsync(context, cancellationToken),
            "POST" when context.HasQuery("delete") => DeleteOperations.ManyAsync(context, cancellationToken),
            "POST" => PostFormOperations.PostAsync(context, cancellationToken),
            "OPTIONS" => throw NoOrigin(),
            _ => throw NotAllowed(),
        };
    }

    static Task ObjectAsync(S3Context context, CancellationToken cancellationToken)
    {
        if (ObjectSettingOperations.Find(context) is { } setting)
            return setting(context, cancellationToken);
        var headers = context.Http.Request.Headers;
        return context.Http.Request.Method switch
        {
            "GET" when context.HasQuery("uploadId") => UploadOperations.ListPartsAsync(context, cancellationToken),
            "GET" when context.HasQuery("attributes") =>
                ObjectReadOperations.AttributesAsync(context, cancellationToken),
            "GET" or "HEAD" => ObjectReadOperations.GetAsync(context, cancellationToken),
            "PUT" when context.HasQuery("uploadId") && headers.ContainsKey("x-amz-copy-source") =>
                UploadOperations.CopyPartAsync(context, cancellationToken),
            "PUT" when context.HasQuery("uploadId") => UploadOperations.PutPartAsync(context, cancellationToken),
            "PUT" when headers.ContainsKey("x-amz-copy-source") =>
                CopyOperations.CopyAsync(context, cancellationToken),
            "PUT" => ObjectWriteOperations.PutAsync(context, cancellationToken),
            "POST" when context.HasQuery("uploads") => UploadOperations.BeginAsync(context, cancellationToken),
            "POST" when context.HasQuery("uploadId") => UploadOperations.CompleteAsync(context, cancellationToken),
            "DELETE" when context.HasQuery("uploadId") => UploadOperations.AbortAsync(context, cancellationToken),
            "DELETE" => DeleteOperations.OneAsync(context, cancellationToken),
            "OPTIONS" => throw NoOrigin(),
            _ => throw NotAllowed(),
        };
    }

    // An error drops the headers that were set; these belong to it too.
    static S3Exception WithAnswered(S3Context context, S3Exception failure)
    {
        foreach (var (name, value) in context.Http.Response.Headers)
        {
            if (name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) || name is "Vary"
                or "Last-Modified" or "x-amz-delete-marker" or "x-amz-version-id")
            {
                failure.WithHeader(name, value.ToString());
            }
        }

        return failure;
    }

    static S3Exception NoOrigin() =>
        new(400, "BadRequest", "Insufficient information. Origin request header needed.");

    static S3Exception NotAllowed() =>
        new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}
