using System.Buffers;
using Amazon.S3.Model;

namespace Millrace.Objects.Backends;

partial class S3Backend
{
    public async Task PutAsync(string name, Stream content, long length, CancellationToken cancellationToken)
    {
        var key = Key(name);
        if (length > PartSize)
        {
            await PutPartsAsync(name, key, content, length, cancellationToken).ConfigureAwait(false);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)length + 1);
        try
        {
            var count = await content.ReadAtLeastAsync(
                buffer.AsMemory(0, (int)length + 1), (int)length + 1, false, cancellationToken).ConfigureAwait(false);
            if (count != length)
                throw BackendErrors.Length(Description, name, length, count);
            using var stream = new MemoryStream(buffer, 0, count, writable: false);
            var request = new PutObjectRequest
            {
                BucketName = _address.Bucket,
                Key = key,
                InputStream = stream,
                UseChunkEncoding = false,
                AutoCloseStream = false,
            };
            await AskAsync(
                $"take '{name}'", () => _client.PutObjectAsync(request, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    async Task PutPartsAsync(
        string name, string key, Stream content, long length, CancellationToken cancellationToken)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = _address.Bucket, Key = key };
        var upload = await AskAsync(
            $"take '{name}'", () => _client.InitiateMultipartUploadAsync(begin, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        try
        {
            var parts = await SendPartsAsync(name, key, upload.UploadId, content, length, cancellationToken)
                .ConfigureAwait(false);
            var end = new CompleteMultipartUploadRequest
            {
                BucketName = _address.Bucket,
                Key = key,
                UploadId = upload.UploadId,
                PartETags = parts,
            };
            await AskAsync(
                $"take '{name}'", () => _client.CompleteMultipartUploadAsync(end, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbandonAsync(key, upload.UploadId).ConfigureAwait(false);
            throw;
        }
    }

    async Task<List<PartETag>> SendPartsAsync(
        string name, string key, string uploadId, Stream content, long length, CancellationToken cancellationToken)
    {
        var sending = new Queue<Task<PartETag>>();
        var parts = new List<PartETag>();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var sent = 0L;
            for (var number = 1; sent < length; number++)
            {
                if (sending.Count == PartsMax)
                    parts.Add(await sending.Dequeue().ConfigureAwait(false));
                var buffer = ArrayPool<byte>.Shared.Rent(PartSize);
                try
                {
                    var wanted = (int)Math.Min(PartSize, length - sent);
                    var count = await content.ReadAtLeastAsync(
                        buffer.AsMemory(0, wanted), wanted, false, cancellationToken).ConfigureAwait(false);
                    if (count < wanted)
                        throw BackendErrors.Length(Description, name, length, sent + count);
                    sending.Enqueue(SendPartAsync(name, key, uploadId, number, buffer, count, cancel.Token));
                    sent += count;
                }
                catch
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    throw;
                }
            }

            while (sending.TryDequeue(out var part))
                parts.Add(await part.ConfigureAwait(false));
            return parts;
        }
        catch
        {
            // The buffers are theirs until they have ended.
            await cancel.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sending.Select(part => part.ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default))).ConfigureAwait(false);
            throw;
        }
    }

    async Task<PartETag> SendPartAsync(
        string name, string key, string uploadId, int number, byte[] buffer, int count,
        CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new MemoryStream(buffer, 0, count, writable: false);
            var request = new UploadPartRequest
            {
                BucketName = _address.Bucket,
                Key = key,
                UploadId = uploadId,
                PartNumber = number,
                PartSize = count,
                InputStream = stream,
                UseChunkEncoding = false,
            };
            var answer = await AskAsync(
                $"take part {number} of '{name}'", () => _client.UploadPartAsync(request, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            return new PartETag(number, answer.ETag);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives the parts up; when that fails too, the service's own rule for unfinished uploads removes
    /// them.</summary>
    async Task AbandonAsync(string key, string uploadId)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var request = new AbortMultipartUploadRequest
        {
            BucketName = _address.Bucket,
            Key = key,
            UploadId = uploadId,
        };
        try
        {
            await _conditional.AbortMultipartUploadAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfWorld(exception, CancellationToken.None))
        {
            // The failure that led here is the one to report.
            return;
        }
    }
}
