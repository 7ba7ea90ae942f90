using System.Buffers;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Millrace.App.Buckets;

/// <summary>The XML of the S3 protocol. What comes in is hostile: no DTD, no entities, a limit to size and
/// depth.</summary>
static class S3Xml
{
    public static readonly XNamespace Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>For everything but the list of objects to delete.</summary>
    public const int MaxBytes = 1024 * 1024;

    public const int MaxDeleteBytes = 2 * 1024 * 1024;

    const int MaxDepth = 32;

    /// <summary>The largest list that S3 has, the 10,000 parts of an upload, stays far below it.</summary>
    const int MaxNodes = 400_000;
    const string ContentType = "application/xml";

    /// <summary>Reads the payload to its end as one element. Its elements come without a namespace, for clients write
    /// S3's or none; attributes stay as they are.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rootName">What the element must be called.</param>
    /// <param name="maxBytes">What is more is refused.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="S3Exception">MalformedXML, EntityTooLarge, MissingRequestBodyError, or what is wrong with the
    /// payload.</exception>
    public static async Task<XElement> ReadAsync(
        S3Context context, string rootName, int maxBytes, CancellationToken cancellationToken)
    {
        if (context.DecodedLength > maxBytes)
        {
            throw TooLarge();
        }

        var bytes = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var count = await context.Body.ReadAsync(bytes.GetMemory(4096), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            bytes.Advance(count);
            if (bytes.WrittenCount > maxBytes)
            {
                throw TooLarge();
            }
        }

        return bytes.WrittenCount == 0
            ? throw new S3Exception(400, "MissingRequestBodyError", "Request body is empty.")
            : Parse(bytes.WrittenMemory, rootName);
    }

    /// <summary>Answers with an element; one without a namespace gets that of S3. The status is as it was
    /// set.</summary>
    public static async Task WriteAsync(S3Context context, XElement root, CancellationToken cancellationToken)
    {
        if (root.Name.Namespace == XNamespace.None)
        {
            foreach (var element in root.DescendantsAndSelf())
            {
                if (element.Name.Namespace == XNamespace.None)
                {
                    element.Name = Namespace + element.Name.LocalName;
                }
            }
        }

        await WriteAsync(context.Http, root, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers with an element as it is.</summary>
    public static async Task WriteAsync(HttpContext http, XElement root, CancellationToken cancellationToken)
    {
        var bytes = Format(root);
        http.Response.ContentType = ContentType;
        http.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    static ReadOnlyMemory<byte> Format(XElement root)
    {
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings
        {
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            // A key may hold characters that XML forbids; like S3 they are written as references.
            CheckCharacters = false,
            NewLineHandling = NewLineHandling.Entitize,
        };
        using (var writer = XmlWriter.Create(stream, settings))
        {
            root.WriteTo(writer);
        }

        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }

    static XElement Parse(ReadOnlyMemory<byte> bytes, string rootName)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersFromEntities = 0,
            MaxCharactersInDocument = MaxDeleteBytes,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            // Depth first, for the tree is built and walked by recursion.
            using (var depths = XmlReader.Create(Open(bytes), settings))
            {
                var count = 0;
                while (depths.Read())
                {
                    if (depths.Depth > MaxDepth || ++count > MaxNodes)
                    {
                        throw Malformed();
                    }
                }
            }

            using var reader = XmlReader.Create(Open(bytes), settings);
            var root = XElement.Load(reader, LoadOptions.PreserveWhitespace);
            foreach (var element in root.DescendantsAndSelf())
            {
                element.Name = element.Name.LocalName;
                // A declaration that stays contradicts the name, and such an element could not be written again.
                element.Attributes().Where(
                    attribute => attribute.IsNamespaceDeclaration && attribute.Name.LocalName == "xmlns").Remove();
            }

            return root.Name == rootName ? root : throw Malformed();
        }
        catch (XmlException)
        {
            throw Malformed();
        }
    }

    static MemoryStream Open(ReadOnlyMemory<byte> bytes) => new(bytes.ToArray(), writable: false);

    static S3Exception Malformed() => new(
        400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema.");

    static S3Exception TooLarge() => new(
        400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.");
}
