using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Millrace.App.Buckets.Operations;

/// <summary>What the signer of a form allows its sender: conditions that every field must fulfil.</summary>
sealed class PostPolicy
{
    // Fields that no condition needs to name.
    static readonly string[] Free =
        ["awsaccesskeyid", "signature", "file", "policy", "x-amz-signature", "x-amz-algorithm", "x-amz-credential",
            "x-amz-date", "x-amz-security-token", "submit"];

    static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'"];

    PostPolicy(long sizeMin, long sizeMax)
    {
        SizeMin = sizeMin;
        SizeMax = sizeMax;
    }

    public long SizeMin { get; }

    public long SizeMax { get; }

    /// <summary>Checks the fields against the policy that is one of them.</summary>
    /// <exception cref="S3Exception">The policy is no policy, has expired, or a field does not fulfil it.</exception>
    public static PostPolicy Check(IReadOnlyDictionary<string, string> fields, string bucket, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(
                Encoding.UTF8.GetString(Convert.FromBase64String(fields["policy"])),
                new JsonDocumentOptions { MaxDepth = 8 });
            var root = json.RootElement;
            if (!DateTimeOffset.TryParseExact(
                root.GetProperty("expiration").GetString(), Times, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var expiration))
            {
                throw Malformed("its expiration is no time");
            }

            if (expiration < now)
                throw Denied("Policy expired.");
            return CheckConditions(root.GetProperty("conditions"), fields, bucket);
        }
        catch (Exception exception)
            when (exception is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Malformed("it is not a policy document");
        }
    }

    static PostPolicy CheckConditions(
        JsonElement conditions, IReadOnlyDictionary<string, string> fields, string bucket)
    {
        var (min, max) = (0L, long.MaxValue);
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (conditions.GetArrayLength() == 0)
            throw Malformed("it has no conditions");
        foreach (var condition in conditions.EnumerateArray())
        {
            if (condition.ValueKind == JsonValueKind.Object)
            {
                if (!condition.EnumerateObject().Any())
                    throw Malformed("a condition is empty");
                foreach (var property in condition.EnumerateObject())
                    Require("eq", property.Name, property.Value.GetString() ?? "");
                continue;
            }

            var items = condition.EnumerateArray().ToList();
            if (items.Count != 3 || items[0].ValueKind != JsonValueKind.String)
                throw Malformed("a condition has three parts");
            var test = items[0].GetString()!.ToLowerInvariant();
            if (test == "content-length-range")
            {
                (min, max) = (Number(items[1]), Number(items[2]));
                if (min < 0 || max < min)
                    throw Malformed("its range is none");
                continue;
            }

            Require(test, (items[1].GetString() ?? "").TrimStart('$'), items[2].GetString() ?? "");
        }

        foreach (var (name, _) in fields)
        {
            if (!named.Contains(name) && !Free.Contains(name)
                && !name.StartsWith("x-ignore-", StringComparison.OrdinalIgnoreCase))
            {
                throw Denied($"Extra input fields: {name}");
            }
        }

        return new PostPolicy(min, max);

        void Require(string test, string name, string expected)
        {
            named.Add(name);
            var value = name.Equals("bucket", StringComparison.OrdinalIgnoreCase)
                ? bucket : fields.GetValueOrDefault(name.ToLowerInvariant(), "");
            var holds = test switch
            {
                "eq" => value == expected,
                "starts-with" => value.StartsWith(expected, StringComparison.Ordinal),
                _ => throw Malformed($"'{test}' is no condition"),
            };
            if (!holds)
                throw Denied($"Policy Condition failed: [\"{test}\", \"${name}\"]");
        }
    }

    static long Number(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetInt64(out var number) => number,
        JsonValueKind.String when long.TryParse(
            element.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw Malformed("a number was expected"),
    };

    static S3Exception Denied(string reason) => new(403, "AccessDenied", $"Invalid according to Policy: {reason}");

    static S3Exception Malformed(string reason) =>
        new(400, "InvalidPolicyDocument", $"The content of the form does not meet the conditions: {reason}.");
}
