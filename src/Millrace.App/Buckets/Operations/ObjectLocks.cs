using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>Locks of versions, as headers and XML name them.</summary>
static class ObjectLocks
{
    public static ObjectLock FromHeaders(IHeaderDictionary headers, Bucket bucket, IServiceProvider? services)
    {
        var mode = headers["x-amz-object-lock-mode"].ToString();
        var until = headers["x-amz-object-lock-retain-until-date"].ToString();
        var hold = headers["x-amz-object-lock-legal-hold"].ToString();
        if (mode.Length + until.Length + hold.Length == 0)
            return default;
        if (!bucket.HasLock)
            throw S3Failure.InvalidRequest("Bucket is missing Object Lock Configuration");
        if ((mode.Length > 0) != (until.Length > 0))
        {
            throw S3Failure.InvalidArgument(
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
        }

        if (hold.Length > 0 && hold is not ("ON" or "OFF"))
            throw S3Failure.InvalidArgument("Legal Hold must be either of 'ON' or 'OFF'");
        return mode.Length == 0
            ? new ObjectLock(null, default, hold == "ON")
            : new ObjectLock(CheckMode(mode), CheckTime(until, Clock(services)), hold == "ON");
    }

    public static string CheckMode(string mode) => mode is "GOVERNANCE" or "COMPLIANCE"
        ? mode : throw S3Failure.InvalidArgument("Unknown wormMode directive");

    public static DateTimeOffset CheckTime(string text, TimeProvider time)
    {
        if (!DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until))
        {
            throw S3Failure.InvalidArgument("The retain until date must be provided in ISO 8601 format");
        }

        return until > time.GetUtcNow()
            ? until.ToUniversalTime()
            : throw S3Failure.InvalidArgument("The retain until date must be in the future!");
    }

    public static TimeProvider Clock(IServiceProvider? services) =>
        services?.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System;
}
