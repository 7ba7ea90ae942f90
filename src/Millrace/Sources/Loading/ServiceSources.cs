using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Versions.Urls;

namespace Millrace.Sources.Loading;

/// <summary>Files of an S3 service: one key, or those that a pattern in the key's last part means.</summary>
sealed class ServiceSources(RemoteSettings service)
{
    /// <exception cref="MillraceException"><c>source-missing</c>, <c>remote-unavailable</c>, <c>remote-denied</c>.
    /// </exception>
    public IEnumerable<InputFile> Take(string url, FileIntake intake, CancellationToken cancellationToken)
    {
        var address = BackendAddress.Parse(url, "/");
        using var backend = new S3Backend(address with { Path = "" }, service);
        foreach (var name in Names(backend, address.Path, url, cancellationToken))
        {
            yield return Take(backend, address, name, intake, cancellationToken);
        }
    }

    InputFile Take(
        S3Backend backend, BackendAddress address, string name, FileIntake intake, CancellationToken cancellationToken)
    {
#pragma warning disable VSTHRD002 // An ingest takes its sources one after the other, on a thread of its own.
        var (size, tag, _) = backend.StatAsync(name, cancellationToken).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        using var stream = new ServiceStream(
            new S3Backend(address with { Path = "" }, service), name, size, string.IsNullOrEmpty(tag) ? null : tag);
        using var read = new BlockingStream(stream);
        return intake.TakeAside(read, $"s3://{address.Bucket}/{name}", size, cancellationToken);
    }

    static IReadOnlyList<string> Names(
        S3Backend backend, string path, string url, CancellationToken cancellationToken)
    {
        var wild = path.IndexOfAny(['*', '?']);
        if (wild < 0)
        {
            return [path];
        }

        var pattern = SourceSearch.Expression(path);
#pragma warning disable VSTHRD002 // As above.
        var names = backend.ListAsync(path[..wild], cancellationToken).Select(entry => entry.Name)
            .Where(name => pattern.IsMatch(name)).ToListAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        return names.Count > 0 ? names : throw new MillraceException(
            ErrorKind.NotFound, "source-missing", $"No key matches '{url}'.", "Correct the pattern.");
    }
}
