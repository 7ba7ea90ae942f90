using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Millrace.App.Buckets.Operations;

/// <summary>A bucket's policy: statements that allow or deny actions on resources to principals.</summary>
/// <remarks>What it can't decide, an unknown condition, is refused when the policy is put.</remarks>
sealed class BucketPolicy
{
    const int SizeMax = 20 * 1024;
    static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(100);
    static readonly string[] Conditions =
    [
        "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Null", "Bool", "IpAddress", "NotIpAddress",
    ];

    readonly List<Statement> _statements = [];

    /// <summary>Whether somebody without a key is allowed anything.</summary>
    public bool IsPublic => _statements.Any(statement => statement.IsAllow && statement.Principals.Contains("*")
        && statement.Conditions.All(condition => !condition.Name.StartsWith("aws:Source", StringComparison.Ordinal)
            && !condition.Name.StartsWith("s3:x-amz-", StringComparison.Ordinal)));

    public static BucketPolicy Parse(string text)
    {
        var policy = new BucketPolicy();
        try
        {
            if (text.Length > SizeMax)
                throw Malformed("it is too long");
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 16 });
            foreach (var statement in Items(json.RootElement.GetProperty("Statement")))
                policy._statements.Add(ParseStatement(statement));
            return policy;
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Malformed("it is not a policy document");
        }
    }

    /// <summary>Refuses a policy for another bucket.</summary>
    public void CheckResources(string bucket)
    {
        foreach (var resource in _statements.SelectMany(statement => statement.Resources))
        {
            if (resource != "*" && resource.Split('/')[0] != bucket && !resource.Split('/')[0].Contains('*'))
                throw Malformed("Policy has invalid resource");
        }
    }

    public PolicyVerdict Decide(PolicyRequest request)
    {
        var verdict = PolicyVerdict.None;
        foreach (var statement in _statements)
        {
            if (!statement.Matches(request))
                continue;
            if (!statement.IsAllow)
                return PolicyVerdict.Deny;
            verdict = PolicyVerdict.Allow;
        }

        return verdict;
    }

    static Statement ParseStatement(JsonElement json)
    {
        var effect = json.GetProperty("Effect").GetString();
        if (effect == "Allow" && json.TryGetProperty("NotPrincipal", out _))
            throw Malformed("Allow with NotPrincipal would allow everybody else");
        if (effect is not ("Allow" or "Deny"))
            throw Malformed("Effect must be Allow or Deny");
        foreach (var property in json.EnumerateObject())
        {
            if (property.Name is not ("Sid" or "Effect" or "Principal" or "NotPrincipal" or "Action" or "NotAction"
                or "Resource" or "NotResource" or "Condition"))
            {
                throw Malformed($"'{property.Name}' is not known");
            }
        }

        var conditions = new List<(string Test, string Name, List<string> Values)>();
        if (json.TryGetProperty("Condition", out var tests))
        {
            foreach (var test in tests.EnumerateObject())
            {
                if (!Conditions.Contains(Plain(test.Name)))
                    throw S3Failure.NotImplemented($"the condition {test.Name}");
                foreach (var name in test.Value.EnumerateObject())
                {
                    List<string> values = [.. Items(name.Value).Select(Text)];
                    if (values.Count == 0)
                        throw Malformed("a condition has no value");
                    conditions.Add((test.Name, name.Name, values));
                }
            }
        }

        return new Statement(
            effect == "Allow", Principals(json, "Principal"), Principals(json, "NotPrincipal"),
            List(json, "Action"), List(json, "NotAction"),
            [.. List(json, "Resource").Select(Resource)], [.. List(json, "NotResource").Select(Resource)], conditions);
    }

    static List<string> Principals(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value))
            return [];
        if (value.ValueKind != JsonValueKind.Object)
            return [.. Items(value).Select(Text)];
        return [.. value.EnumerateObject().SelectMany(kind => Items(kind.Value)).Select(Text).Select(
            Principal)];
    }

    // 'arn:aws:iam::ACCOUNT:root' is an account, and what ends in '/NAME' a user.
    static string Principal(string text) => text.EndsWith(":root", StringComparison.Ordinal)
        ? text[..^":root".Length].Split(':')[^1] : text[(text.LastIndexOf('/') + 1)..];

    static List<string> List(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? [.. Items(value).Select(Text)] : [];

    static string Resource(string arn) => arn == "*" ? arn
        : arn.StartsWith("arn:aws:s3:", StringComparison.Ordinal) ? arn[(arn.LastIndexOf(':') + 1)..]
        : throw Malformed("Policy has invalid resource");

    static IEnumerable<JsonElement> Items(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];

    static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw Malformed("a text was expected"),
    };

    // With this ending a condition holds also when the request says nothing of it.
    static string Plain(string test) =>
        test.EndsWith("IfExists", StringComparison.Ordinal) ? test[..^"IfExists".Length] : test;

    static bool IsIn(string address, string network) =>
        IPAddress.TryParse(address, out var value)
        && (IPNetwork.TryParse(network, out var range) ? range.Contains(value) : network == address);

    static S3Exception Malformed(string reason) => new(400, "MalformedPolicy", $"The policy can't be used: {reason}.");

    static bool IsLike(string text, string pattern) =>
        pattern == "*" || Regex.IsMatch(
            text, $"^{Regex.Escape(pattern).Replace("\\*", ".*").Replace("\\?", ".")}$",
            RegexOptions.NonBacktracking | RegexOptions.Singleline, PatternTime);

    sealed record Statement(
        bool IsAllow, List<string> Principals, List<string> NotPrincipals, List<string> Actions,
        List<string> NotActions, List<string> Resources, List<string> NotResources,
        List<(string Test, string Name, List<string> Values)> Conditions)
    {
        public bool Matches(PolicyRequest request)
        {
            var isPrincipal = Principals.Count > 0
                ? Principals.Contains("*") || Names(Principals, request.Caller)
                : NotPrincipals.Count > 0 && !Names(NotPrincipals, request.Caller);
            var isAction = Actions.Count > 0
                ? Actions.Any(action => IsLike(request.Action, action))
                : NotActions.Count > 0 && !NotActions.Any(action => IsLike(request.Action, action));
            var isResource = Resources.Count > 0
                ? Resources.Any(resource => IsLike(request.Resource, resource))
                : NotResources.Count > 0 && !NotResources.Any(resource => IsLike(request.Resource, resource));
            return isPrincipal && isAction && isResource && Conditions.All(condition => Holds(condition, request));
        }

        // A policy names accounts, and keys as users of them.
        static bool Names(List<string> principals, S3Caller caller) => caller.Account is { } account
            && (principals.Contains(account) || principals.Contains(caller.AccessKeyId!));

        static bool Holds((string Test, string Name, List<string> Values) condition, PolicyRequest request)
        {
            var value = request.Value(condition.Name);
            var test = Plain(condition.Test);
            if (value is null && test.Length < condition.Test.Length)
                return true;
            return test switch
            {
                "IpAddress" => value is not null && condition.Values.Any(network => IsIn(value, network)),
                "NotIpAddress" => value is null || !condition.Values.Any(network => IsIn(value, network)),
                "Null" => (value is null) == (condition.Values is ["true", ..]),
                "StringEquals" or "Bool" => value is not null && condition.Values.Contains(value),
                "StringNotEquals" => value is null || !condition.Values.Contains(value),
                "StringLike" => value is not null && condition.Values.Any(pattern => IsLike(value, pattern)),
                _ => value is null || !condition.Values.Any(pattern => IsLike(value, pattern)),
            };
        }
    }
}
