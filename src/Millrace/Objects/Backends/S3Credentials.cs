using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace Millrace.Objects.Backends;

/// <summary>Takes credentials from where the settings say; the settings never hold them.</summary>
static class S3Credentials
{
    /// <returns>Null: what the SDK finds by itself.</returns>
    public static AWSCredentials? Find(RemoteSettings settings, string remote)
    {
        if (settings.AccessKeyVariable is { } access)
        {
            var secret = settings.SecretKeyVariable
                ?? throw BackendErrors.Credentials(remote, "'access-key-env' stands without 'secret-key-env'.");
            return new BasicAWSCredentials(Variable(access, remote), Variable(secret, remote));
        }

        if (settings.SecretKeyVariable is not null)
            throw BackendErrors.Credentials(remote, "'secret-key-env' stands without 'access-key-env'.");
        if (settings.CredentialsCommand is { } command)
            return new CommandCredentials(command, remote);
        if (settings.CredentialsFile is null && settings.Profile is null)
            return null;
        if (settings.CredentialsFile is { } file && !File.Exists(file))
            throw BackendErrors.Credentials(remote, $"the file '{file}' is not there.");
        var profile = settings.Profile ?? "default";
        var chain = settings.CredentialsFile is { } path
            ? new CredentialProfileStoreChain(path)
            : new CredentialProfileStoreChain();
        return chain.TryGetAWSCredentials(profile, out var credentials)
            ? credentials
            : throw BackendErrors.Credentials(
                remote,
                $"profile '{profile}' is not in {settings.CredentialsFile ?? "the AWS files of this user"}.");
    }

    static string Variable(string name, string remote) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw BackendErrors.Credentials(remote, $"the environment variable '{name}' is not set.");
}
