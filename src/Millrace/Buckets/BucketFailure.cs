namespace Millrace.Buckets;

/// <summary>What a bucket refuses, and how it says so.</summary>
static class BucketFailure
{
    public static MillraceException BucketMissing(string name) => new(
        ErrorKind.NotFound, "bucket-missing", $"There is no bucket '{name}'.",
        "List the buckets, or create it first.");

    public static MillraceException KeyMissing(string key) => new(
        ErrorKind.NotFound, "key-missing", $"The bucket has no object '{key}'.", "List the bucket's keys.");

    public static MillraceException VersionMissing(string key, string version) => new(
        ErrorKind.NotFound, "object-version-missing", $"Object '{key}' has no version '{version}'.",
        "List the object's versions.");

    public static MillraceException UploadMissing(string id) => new(
        ErrorKind.NotFound, "upload-missing", $"There is no open upload '{id}' of this key.",
        "It was completed or aborted; begin another one.");

    public static MillraceException ConditionFailed(string key, string condition) => new(
        ErrorKind.Conflict, "precondition-failed", $"The newest version of '{key}' does not fulfil {condition}.",
        "Read the object again, then repeat the change on what is there now.");

    public static MillraceException Locked(string key, string version, ObjectLock held) => new(
        ErrorKind.Conflict, "object-locked",
        held.HasLegalHold
            ? $"Version '{version}' of '{key}' is under a legal hold."
            : $"Version '{version}' of '{key}' is locked ({held.Mode}) until {held.Until:u}.",
        "Wait until the lock ends, or let who may change it take it away.");

    public static MillraceException Invalid(string code, string message, string hint) =>
        new(ErrorKind.Invalid, code, message, hint);
}
