using System.Xml.Linq;

namespace Millrace.App.Buckets.Operations;

/// <summary>Which web pages of other origins may use a bucket.</summary>
static class CorsRules
{
    const int Max = 100;

    public static void Check(XElement configuration)
    {
        var rules = configuration.Children("CORSRule").ToList();
        if (rules.Count is 0 or > Max)
            throw S3Element.Malformed();
        foreach (var rule in rules)
        {
            if (!rule.Children("AllowedOrigin").Any() || !rule.Children("AllowedMethod").Any())
                throw S3Element.Malformed();
            foreach (var method in rule.Children("AllowedMethod"))
            {
                if (method.Value is not ("GET" or "PUT" or "POST" or "DELETE" or "HEAD"))
                    throw S3Failure.InvalidRequest("Found unsupported HTTP method in CORS config.");
            }

            if (rule.Children("AllowedOrigin").Any(origin => origin.Value.Count(c => c == '*') > 1))
                throw S3Failure.InvalidRequest("AllowedOrigin can not have more than one wildcard.");
        }
    }

    /// <summary>The first rule that an origin and a method, and all headers that it will send, fulfil.</summary>
    public static XElement? Find(XElement configuration, string origin, string method, IEnumerable<string> headers) =>
        configuration.Children("CORSRule").FirstOrDefault(rule =>
            rule.Children("AllowedOrigin").Any(allowed => IsLike(origin, allowed.Value))
            && rule.Children("AllowedMethod").Any(allowed => allowed.Value == method)
            && headers.All(header => rule.Children("AllowedHeader").Any(
                allowed => IsLike(header.ToLowerInvariant(), allowed.Value.ToLowerInvariant()))));

    static bool IsLike(string text, string pattern)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? text == pattern
            : text.Length >= pattern.Length - 1
                && text.StartsWith(pattern[..star], StringComparison.Ordinal)
                && text.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal);
    }
}
