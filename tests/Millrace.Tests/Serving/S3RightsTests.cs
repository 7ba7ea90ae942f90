namespace Millrace.Tests.AppServing;

/// <summary>Who may do what, asked over the wire with keys that sign.</summary>
public sealed class S3RightsTests : IAsyncLifetime
{
    const string Acl = "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>Admin</ID>"
        + "</Owner><AccessControlList/></AccessControlPolicy>";

    const string Tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    const string Versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    const string Policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","
        + "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::photos/*\"}]}";

    const string Cors = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
        + "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

    const string Delete = "<Delete><Object><Key>none</Key></Object></Delete>";

    S3Site _site = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await S3Site.StartAsync();
        Assert.Equal(200, (await _site.SendAsync("Write", "PUT", "/photos/a", "bytes")).Status);
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    /// <summary>Each operation, with the least right that it needs.</summary>
    public static TheoryData<string, string, string, string> Operations => new()
    {
        { "Read", "GET", "/photos/a", "" },
        { "Read", "HEAD", "/photos/a", "" },
        { "Read", "GET", "/photos/a?tagging=", "" },
        { "Read", "GET", "/photos", "" },
        { "Read", "HEAD", "/photos", "" },
        { "Read", "GET", "/photos?list-type=2", "" },
        { "Read", "GET", "/photos?versions=", "" },
        { "Read", "GET", "/photos?uploads=", "" },
        { "Read", "GET", "/photos?location=", "" },
        { "Read", "GET", "/photos?versioning=", "" },
        { "Write", "PUT", "/photos/b", "more" },
        { "Write", "DELETE", "/photos/none", "" },
        { "Write", "POST", "/photos/c?uploads=", "" },
        { "Write", "PUT", "/photos/a?tagging=", Tags },
        { "Write", "DELETE", "/photos/a?tagging=", "" },
        { "Admin", "PUT", "/photos?versioning=", Versioning },
        { "Admin", "PUT", "/photos?policy=", Policy },
        { "Admin", "DELETE", "/photos?policy=", "" },
        { "Admin", "PUT", "/photos?cors=", Cors },
        { "Admin", "DELETE", "/photos?cors=", "" },
        { "Admin", "PUT", "/photos?tagging=", Tags },
        { "Admin", "PUT", "/photos?acl=", Acl },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task An_operation_takes_a_key_with_its_right_and_no_lesser_one(
        string least, string method, string target, string body)
    {
        string[] rights = ["", "Elsewhere", "Read", "Write", "Admin"];
        foreach (var key in rights)
        {
            var answer = await _site.SendAsync(key, method, target, body);
            var isEnough = Array.IndexOf(rights, key) >= Array.IndexOf(rights, least);
            Assert.True(
                isEnough ? answer.Status is >= 200 and < 300 : answer.Status == 403,
                $"{method} {target} by '{key}': {answer.Status} {answer.Text}");
        }
    }

    [Fact]
    public async Task Deleting_many_needs_the_right_for_each_key_and_says_so_for_each()
    {
        Assert.Contains(
            "<Code>AccessDenied</Code>", (await _site.SendAsync("Read", "POST", "/photos?delete=", Delete)).Text,
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            "<Error>", (await _site.SendAsync("Write", "POST", "/photos?delete=", Delete)).Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_who_may_administer_a_bucket_makes_and_deletes_it()
    {
        foreach (var key in new[] { "", "Elsewhere", "Read", "Write" })
        {
            Assert.Equal(403, (await _site.SendAsync(key, "DELETE", "/photos")).Status);
            Assert.Equal(403, (await _site.SendAsync(key, "PUT", "/photos-2")).Status);
        }

        Assert.Equal("BucketNotEmpty", (await _site.SendAsync("Admin", "DELETE", "/photos")).Code);
        Assert.Equal(204, (await _site.SendAsync("Admin", "DELETE", "/photos/a")).Status);
        Assert.Equal(204, (await _site.SendAsync("Admin", "DELETE", "/photos")).Status);
    }

    [Fact]
    public async Task A_copy_needs_the_right_to_read_its_source()
    {
        Assert.Equal(200, (await _site.SendAsync("Elsewhere", "PUT", "/other")).Status);

        var stolen = await _site.SendAsync("Elsewhere", "PUT", "/other/a", "", ("x-amz-copy-source", "/photos/a"));
        var own = await _site.SendAsync("Write", "PUT", "/photos/copy", "", ("x-amz-copy-source", "/photos/a"));

        Assert.Equal(403, stolen.Status);
        Assert.Equal(200, own.Status);
        Assert.Equal("bytes", (await _site.SendAsync("Read", "GET", "/photos/copy")).Text);
    }

    [Fact]
    public async Task A_list_of_buckets_names_those_that_the_key_may_read()
    {
        Assert.Contains(
            "<Name>photos</Name>", (await _site.SendAsync("Read", "GET", "/")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "<Name>photos</Name>", (await _site.SendAsync("Elsewhere", "GET", "/")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<Name>", (await _site.SendAsync("", "GET", "/")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_opens_to_everyone_what_it_names_and_no_more()
    {
        Assert.Equal(403, (await _site.SendAsync("", "GET", "/photos/a")).Status);
        Assert.Equal(204, (await _site.SendAsync("Admin", "PUT", "/photos?policy=", Policy)).Status);

        Assert.Equal("bytes", (await _site.SendAsync("", "GET", "/photos/a")).Text);
        Assert.Equal(403, (await _site.SendAsync("", "PUT", "/photos/a", "x")).Status);
        Assert.Equal(403, (await _site.SendAsync("", "GET", "/photos")).Status);
    }
}
