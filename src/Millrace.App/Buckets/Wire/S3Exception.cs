namespace Millrace.App.Buckets;

/// <summary>A refusal in the words of S3.</summary>
#pragma warning disable CA1032 // It always has a status and a code.
sealed class S3Exception(int status, string code, string message) : Exception(message)
#pragma warning restore CA1032
{
    public int Status => status;

    public string Code => code;
}
