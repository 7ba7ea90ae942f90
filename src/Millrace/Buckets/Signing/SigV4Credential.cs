using System.Globalization;

namespace Millrace.Buckets.Signing;

/// <summary>Whose signature it is, and for which day and region. The region is taken as the client says it: this is one
/// server, and what counts is that everything in the request says the same.</summary>
/// <param name="AccessKeyId">The key's id.</param>
/// <param name="Date">yyyyMMdd.</param>
/// <param name="Region">Such as us-east-1.</param>
public sealed record SigV4Credential(string AccessKeyId, string Date, string Region)
{
    const string Service = "s3";
    const string Terminator = "aws4_request";
    const int MaxRegionLength = 64;

    public string Scope => $"{Date}/{Region}/{Service}/{Terminator}";

    /// <summary>Reads <c>KEY/DATE/REGION/s3/aws4_request</c>; null when it is anything else.</summary>
    public static SigV4Credential? TryParse(string text)
    {
        var parts = text.Split('/');
        return parts is [{ Length: > 0 } id, var date, { Length: > 0 and <= MaxRegionLength } region, Service,
            Terminator] && IsDate(date) ? new SigV4Credential(id, date, region) : null;
    }

    static bool IsDate(string text) => DateTime.TryParseExact(
        text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
