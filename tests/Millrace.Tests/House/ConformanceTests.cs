using System.Text.RegularExpressions;

namespace Millrace.Tests.House;

/// <summary>The page of the guide on the public S3 suite against the newest run of it.</summary>
public sealed partial class ConformanceTests
{
    [Fact]
    public void Each_case_that_fails_is_explained_once()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/guide/s3-conformance.md"));
        var run = File.ReadAllText(Repository.PathOf("bench/results/s3-tests.md"));
        var patterns = CaseName().Matches(page).Select(match => match.Groups[1].Value).ToList();

        var unclear = FailedCase().Matches(run).Select(match => match.Groups[1].Value)
            .Where(name => patterns.Count(pattern => IsLike(name, pattern)) != 1).ToList();

        Assert.Empty(unclear);
    }

    static bool IsLike(string name, string pattern) =>
        Regex.IsMatch(name, $"^{string.Join(".*", pattern.Split('*').Select(Regex.Escape))}$");

    [GeneratedRegex("`(test_[^`]+)`")]
    private static partial Regex CaseName();

    [GeneratedRegex(@"^\* `(test_[^`]+)`$", RegexOptions.Multiline)]
    private static partial Regex FailedCase();
}
