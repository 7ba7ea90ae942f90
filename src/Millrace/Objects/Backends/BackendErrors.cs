using System.Globalization;

namespace Millrace.Objects.Backends;

/// <summary>What a backend says when the world fails.</summary>
static class BackendErrors
{
    public static MillraceException FileMissing(string remote, string name) => new(
        ErrorKind.NotFound, "remote-file-missing", $"Remote '{remote}' has no file '{name}'.",
        "Somebody deleted it since it was listed; run the command again.");

    public static MillraceException Changed(string remote, string name) => new(
        ErrorKind.Unavailable, "source-changed", $"'{name}' of '{remote}' was replaced while it was read.",
        "Run the command again when nobody writes it; what is here stays as it is.");

    public static MillraceException Large(string remote, string name, long size) => new(
        ErrorKind.Corrupt, "remote-file-large",
        string.Create(
            CultureInfo.InvariantCulture,
            $"'{name}' of remote '{remote}' has {size} bytes; at most {BackendValue.SizeMax} were expected."),
        "It was not written by Millrace; remove it from the remote.");

    public static MillraceException Length(string remote, string name, long expected, long actual) => new(
        ErrorKind.Invalid, "remote-length-wrong",
        string.Create(
            CultureInfo.InvariantCulture,
            $"'{name}' for remote '{remote}' was to have {expected} bytes, its source gave {actual}."),
        "The source changed while it was sent; run the command again.");

    public static MillraceException Unavailable(string remote, string what, Exception inner) => new(
        ErrorKind.Unavailable, "remote-unavailable", $"Remote '{remote}' did not {what}: {inner.Message}",
        "See whether its address and the network are right, then run the command again: what arrived is kept.", inner);

    public static MillraceException Denied(string remote, string what, Exception inner) => new(
        ErrorKind.Unavailable, "remote-denied", $"Remote '{remote}' may not {what}: {inner.Message}",
        "Check the credentials that the remote's settings name, and what they are allowed to do.", inner);

    public static MillraceException Missing(string remote, Exception inner) => new(
        ErrorKind.NotFound, "remote-missing", $"There is no bucket for remote '{remote}'.",
        "Make the bucket, or correct the remote's url.", inner);

    public static MillraceException Credentials(string remote, string fact, Exception? inner = null) => new(
        ErrorKind.Invalid, "remote-credentials", $"There are no credentials for remote '{remote}': {fact}",
        "Name them in its settings with 'access-key-env' and 'secret-key-env', 'profile', 'credentials-file' or "
        + "'credentials-command'.",
        inner);
}
