using System.CommandLine;
using Millrace.Objects;

namespace Millrace.App.Versions;

/// <summary>The options that say how a remote is reached.</summary>
sealed class RemoteOptions
{
    readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = "The service's address, for S3 that is not AWS.",
        HelpName = "URL",
    };

    readonly Option<string?> _region = new("--region") { Description = "The region.", HelpName = "NAME" };

    readonly Option<string?> _accessKey = new("--access-key-env")
    {
        Description = "The environment variable that holds the access key.",
        HelpName = "VARIABLE",
    };

    readonly Option<string?> _secretKey = new("--secret-key-env")
    {
        Description = "The environment variable that holds the secret key.",
        HelpName = "VARIABLE",
    };

    readonly Option<string?> _profile = new("--profile")
    {
        Description = "A profile of the AWS files.",
        HelpName = "NAME",
    };

    readonly Option<string?> _command = new("--credentials-command")
    {
        Description = "A program that prints credentials, as credential_process of AWS does.",
        HelpName = "COMMAND",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _endpoint, _region, _accessKey, _secretKey, _profile, _command })
            command.Options.Add(option);
    }

    /// <summary>What was given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="url">The remote's address; a path is relative to the current folder.</param>
    /// <param name="workspaceFolder">What a relative path in the settings begins at; null keeps paths whole.</param>
    public RemoteSettings Read(ParseResult parsed, string url, string? workspaceFolder) => new()
    {
        Url = Address(url, workspaceFolder),
        Endpoint = parsed.GetValue(_endpoint),
        Region = parsed.GetValue(_region),
        AccessKeyVariable = parsed.GetValue(_accessKey),
        SecretKeyVariable = parsed.GetValue(_secretKey),
        Profile = parsed.GetValue(_profile),
        CredentialsCommand = parsed.GetValue(_command),
    };

    static string Address(string url, string? workspaceFolder)
    {
        if (url.Length == 0 || url.Contains("://", StringComparison.Ordinal) || Path.IsPathRooted(url))
            return url;
        var full = Path.GetFullPath(url);
        return workspaceFolder is null ? full : Path.GetRelativePath(workspaceFolder, full);
    }
}
