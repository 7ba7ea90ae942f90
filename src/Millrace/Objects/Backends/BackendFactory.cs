namespace Millrace.Objects.Backends;

/// <summary>Opens what an address names.</summary>
static class BackendFactory
{
    /// <param name="settings">The remote.</param>
    /// <param name="baseFolder">What a relative path begins at.</param>
    public static IObjectBackend Open(RemoteSettings settings, string baseFolder)
    {
        var address = BackendAddress.Parse(settings.Url, baseFolder);
        if (settings.CredentialsFile is { } file)
            settings = settings with { CredentialsFile = Path.GetFullPath(file, baseFolder) };
        return address.IsS3 ? new S3Backend(address, settings) : new FolderBackend(address.Path);
    }
}
