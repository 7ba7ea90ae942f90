using System.Globalization;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Urls;

public sealed partial class UrlImport
{
    static async Task<UrlContent> OpenAsync(
        WebSource web, string url, UrlImportRecord? known, UrlImportOptions options,
        CancellationToken cancellationToken)
    {
        if (url.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
            || url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var uri)
                ? await web.OpenAsync(uri, known, cancellationToken).ConfigureAwait(false)
                : throw new MillraceException(
                    ErrorKind.Invalid, "source-refused", $"'{url}' is no address.", "Write https://host/path.");
        }

        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && !url.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)
            && !url.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "remote-url-invalid", $"'{url[..scheme]}' is no scheme that can be brought in.",
                "Give https://, http://, s3:// or file://, the path of a file, or bucket:NAME/KEY.");
        }

        var address = BackendAddress.Parse(url, Environment.CurrentDirectory);
        return address.IsS3
            ? await OpenServiceAsync(address, known, options, cancellationToken).ConfigureAwait(false)
            : OpenFile(address.Path, known);
    }

    static async Task<UrlContent> OpenServiceAsync(
        BackendAddress address, UrlImportRecord? known, UrlImportOptions options, CancellationToken cancellationToken)
    {
        var service = new S3Backend(address with { Path = "" }, options.Service);
        try
        {
            var (size, tag, version) = await service.StatAsync(address.Path, cancellationToken).ConfigureAwait(false);
            if (known?.Tag == tag && known.Version == version)
            {
                service.Dispose();
                return new UrlContent(null, tag, null, version, size);
            }

            return new UrlContent(
                new ServiceStream(service, address.Path, size, string.IsNullOrEmpty(tag) ? null : tag), tag, null,
                version, size);
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    static UrlContent OpenFile(string path, UrlImportRecord? known)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "file-missing", $"There is no file '{path}'.", "Check the path.");
        }

        var tag = TagOf(file);
        return known?.Tag == tag
            ? new UrlContent(null, tag, null, null, file.Length)
            : new UrlContent(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), tag, null,
                null, file.Length)
            {
                IsStillThere = _ => Task.FromResult(new FileInfo(path) is { Exists: true } now && TagOf(now) == tag),
            };
    }

    static string TagOf(FileInfo file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Length}-{file.LastWriteTimeUtc.Ticks}");
}
