using Microsoft.AspNetCore.Http;
using Millrace.Objects;

namespace Millrace.App.Buckets;

/// <summary>A payload whose failures are those of the S3 protocol.</summary>
sealed class S3Body(Stream payload) : ForwardStream
{
    protected override long HandedOut => payload.Position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await payload.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MillraceException or IOException or BadHttpRequestException)
        {
            throw S3Errors.From(exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            payload.Dispose();
        }

        base.Dispose(disposing);
    }
}
