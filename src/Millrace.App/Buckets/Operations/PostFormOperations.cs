using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Objects that a form of a web page puts: fields first, then the file, which is streamed.</summary>
static class PostFormOperations
{
    const int BoundaryMax = 70;
    const int FieldsMax = 100;
    const int FieldsBytesMax = 20 * 1024;

    public static async Task PostAsync(S3Context context, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Http.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= BoundaryMax } boundary)
        {
            throw new S3Exception(
                412, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data");
        }

        var state = await BucketAccess.StateAsync(context, context.Bucket!, cancellationToken).ConfigureAwait(false);
        var reader = new MultipartReader(boundary.Value!, context.Body);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var (sections, bytes) = (0, 0);
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken).ConfigureAwait(false) is { } section)
            {
                var disposition = section.GetContentDispositionHeader();
                var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? "").Value!.ToLowerInvariant();
                if (name == "file")
                {
                    var fileName = HeaderUtilities.RemoveQuotes(disposition!.FileName).Value ?? "";
                    await PutAsync(context, state, fields, section.Body, fileName, cancellationToken)
                        .ConfigureAwait(false);
                    return;
                }

                var value = await ReadAsync(section.Body, cancellationToken).ConfigureAwait(false);
                fields[name] = value;
                sections++;
                bytes += name.Length + value.Length;
                if (sections > FieldsMax || bytes > FieldsBytesMax)
                    throw new S3Exception(400, "MaxPostPreDataLengthExceeded", "The form has too many fields.");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new S3Exception(400, "MalformedPOSTRequest", "The body of your POST request is not well-formed.");
        }

        throw S3Failure.InvalidArgument("POST requires exactly one file upload per request.");
    }

    static async Task PutAsync(
        S3Context context, BucketState state, Dictionary<string, string> fields, Stream file, string fileName,
        CancellationToken cancellationToken)
    {
        if (!fields.TryGetValue("key", out var key) || key.Length == 0)
            throw S3Failure.InvalidArgument("Bucket POST must contain a field named 'key'.");
        key = key.Replace("${filename}", fileName);
        var clock = ObjectLocks.Clock(context.Http.RequestServices);
        var caller = context.Caller;
        PostPolicy? policy = null;
        var isSigned = fields.ContainsKey("signature") || fields.ContainsKey("x-amz-signature");
        if (!isSigned && (fields.ContainsKey("awsaccesskeyid") || fields.ContainsKey("x-amz-credential")))
            throw S3Failure.InvalidArgument("Bucket POST must contain a field named 'signature'.");
        if (fields.ContainsKey("policy"))
        {
            caller = await context.VerifyForm(fields, cancellationToken).ConfigureAwait(false);
            fields["key"] = key;
            policy = PostPolicy.Check(fields, context.Bucket!, clock.GetUtcNow());
        }
        else if (isSigned)
        {
            throw S3Failure.InvalidArgument("Bucket POST must contain a field named 'policy'.");
        }

        var headers = new HeaderDictionary();
        foreach (var (name, value) in fields)
            headers[name == "acl" ? "x-amz-acl" : name] = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value));
        BucketAccess.Require(
            context, caller, state, "PutObject", "WRITE", key, Overlaid(context.Http.Request.Headers, headers));
        ObjectHeaders.RefuseEncryption(headers);
        BucketStore.RequireKey(key);
        var owner = caller.Account ?? state.Bucket.Owner;
        var acl = await AclGrants.FromHeadersAsync(context, headers, owner, state.Bucket.Owner, cancellationToken)
            .ConfigureAwait(false);
        PublicAccessBlock.CheckAcl(state, acl);
        (owner, acl) = ObjectOwnership.Decide(state, headers, owner, acl);
        var draft = new ObjectVersion
        {
            Key = key,
            Owner = owner,
            Headers = ObjectHeaders.Read(headers),
            Acl = acl,
            Tags = fields.TryGetValue("tagging", out var tagging) ? ReadTags(tagging) : "",
        };
        await using var limited = new LengthLimitStream(file, policy?.SizeMax ?? long.MaxValue);
        using var body = await context.Workspace.Buckets.StoreAsync(limited, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        if (policy is not null && body.Part.SizeBytes < policy.SizeMin)
        {
            throw new S3Exception(
                400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
        }

        // What is signed of the whole body is compared at its end.
        var rest = new byte[FieldsBytesMax];
        while (await context.Body.ReadAsync(rest, cancellationToken).ConfigureAwait(false) > 0)
        {
        }

        var version = await context.Workspace.Buckets.PutAsync(
            context.Bucket!,
            draft with { SizeBytes = body.Part.SizeBytes, ETag = body.ETag, Parts = [body.Part] },
            WriteConditions.None, cancellationToken).ConfigureAwait(false);
        ObjectWriteOperations.Answer(context, state, version);
        await AnswerAsync(context, fields, version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The headers that a policy's conditions look at: those of the request, and the form's over them.
    /// </summary>
    static HeaderDictionary Overlaid(IHeaderDictionary request, HeaderDictionary form)
    {
        var all = new HeaderDictionary();
        foreach (var (name, value) in request)
            all[name] = value;
        foreach (var (name, value) in form)
        {
            if (name.StartsWith("x-amz-", StringComparison.Ordinal))
                all[name] = value;
        }

        return all;
    }

    static async Task AnswerAsync(
        S3Context context, Dictionary<string, string> fields, ObjectVersion version,
        CancellationToken cancellationToken)
    {
        var response = context.Http.Response;
        var location = $"{context.Http.Request.Scheme}://{context.Http.Request.Host}/{context.Bucket}/"
            + Uri.EscapeDataString(version.Key).Replace("%2F", "/");
        response.Headers.Location = location;
        var redirect = fields.GetValueOrDefault("success_action_redirect") ?? fields.GetValueOrDefault("redirect");
        if (Uri.TryCreate(redirect, UriKind.Absolute, out var target) && target.Scheme is "http" or "https")
        {
            var query = $"bucket={Uri.EscapeDataString(context.Bucket!)}&key={Uri.EscapeDataString(version.Key)}"
                + $"&etag={Uri.EscapeDataString(S3Element.Quoted(version.ETag))}";
            response.StatusCode = 303;
            response.Headers.Location = $"{target.OriginalString}{(target.Query.Length > 0 ? "&" : "?")}{query}";
            return;
        }

        var status = fields.GetValueOrDefault("success_action_status");
        response.StatusCode = status switch { "200" => 200, "201" => 201, _ => 204 };
        if (status == "201")
        {
            // The one answer that has no namespace.
            var answer = new XElement(
                "PostResponse", new XElement("Location", location), new XElement("Bucket", context.Bucket),
                new XElement("Key", version.Key), new XElement("ETag", S3Element.Quoted(version.ETag)));
            response.ContentType = "application/xml";
            await response.WriteAsync(answer.ToString(SaveOptions.DisableFormatting), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    static string ReadTags(string text)
    {
        try
        {
            using var reader = XmlReader.Create(
                new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return TagSet.FromXml(XElement.Load(reader), isBucket: false);
        }
        catch (XmlException)
        {
            throw S3Element.Malformed();
        }
    }

    static async Task<string> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[FieldsBytesMax + 1];
        var count = await body.ReadAtLeastAsync(buffer, buffer.Length, false, cancellationToken).ConfigureAwait(false);
        return count <= FieldsBytesMax
            ? Encoding.UTF8.GetString(buffer, 0, count)
            : throw new S3Exception(400, "MaxPostPreDataLengthExceeded", "A field of the form is too long.");
    }
}
