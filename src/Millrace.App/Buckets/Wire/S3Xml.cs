using System.Xml;
using System.Xml.Linq;

namespace Millrace.App.Buckets;

/// <summary>Bodies in XML.</summary>
static class S3Xml
{
    public static async Task<XElement> ReadAsync(
        S3Context context, string rootName, int maxBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[maxBytes + 1];
        var count = await context.Body.ReadAtLeastAsync(buffer, buffer.Length, false, cancellationToken)
            .ConfigureAwait(false);
        if (count > maxBytes)
            throw new S3Exception(400, "MaxMessageLengthExceeded", "Your request was too big.");
        try
        {
            using var reader = XmlReader.Create(
                new MemoryStream(buffer, 0, count), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XElement.Load(reader);
            return root.Name.LocalName == rootName
                ? root
                : throw new S3Exception(400, "MalformedXML", $"The root must be {rootName}.");
        }
        catch (XmlException)
        {
            throw new S3Exception(
                400, "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema");
        }
    }

    public static async Task WriteAsync(S3Context context, XElement root, CancellationToken cancellationToken)
    {
        context.Http.Response.ContentType = "application/xml";
        var buffer = new MemoryStream();
        await using (var writer = XmlWriter.Create(
            buffer, new XmlWriterSettings { Async = true, CheckCharacters = false }))
        {
            await root.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        }

        context.Http.Response.ContentLength = buffer.Length;
        buffer.Position = 0;
        await buffer.CopyToAsync(context.Http.Response.Body, cancellationToken).ConfigureAwait(false);
    }
}
