using System.Text;

namespace Millrace.Tests.AppServing;

/// <summary>What a client may send at most, and names that are none.</summary>
public sealed class S3LimitTests : IAsyncLifetime
{
    S3Site _site = null!;

    public async ValueTask InitializeAsync() => _site = await S3Site.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task A_head_has_a_limit_in_headers_and_in_bytes()
    {
        var many = Enumerable.Range(0, 200).Select(i => ($"x-test-{i}", "1")).ToArray();

        Assert.Equal(431, (await _site.SendAsync("", "GET", "/photos/a", "", many)).Status);
        Assert.Equal(
            431, (await _site.SendAsync("", "GET", "/photos/a", "", ("x-test", new string('x', 64 * 1024)))).Status);
        Assert.Equal(414, (await _site.SendAsync("", "GET", $"/photos/{new string('a', 64 * 1024)}")).Status);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    [InlineData("x")]
    public async Task A_part_has_a_number_from_1_to_10000(string number)
    {
        var begun = await _site.SendAsync("Write", "POST", "/photos/a?uploads=");
        var id = begun.Text.Split("<UploadId>")[1].Split('<')[0];

        var answer = await _site.SendAsync("Write", "PUT", $"/photos/a?partNumber={number}&uploadId={id}", "part");

        Assert.Equal("InvalidArgument", answer.Code);
    }

    [Fact]
    public async Task A_thousand_keys_are_deleted_at_once_and_no_more()
    {
        var thousand = string.Concat(Enumerable.Range(0, 1000).Select(i => $"<Object><Key>k{i}</Key></Object>"));

        Assert.Equal(200, (await DeleteAsync(thousand)).Status);
        Assert.Equal("MalformedXML", (await DeleteAsync(thousand + "<Object><Key>one</Key></Object>")).Code);

        Task<WireAnswer> DeleteAsync(string objects) =>
            _site.SendAsync("Write", "POST", "/photos?delete=", $"<Delete><Quiet>true</Quiet>{objects}</Delete>");
    }

    [Fact]
    public async Task An_object_has_ten_tags_at_most_with_keys_and_values_of_a_length()
    {
        Assert.Equal(200, (await _site.SendAsync("Write", "PUT", "/photos/a", "x")).Status);

        Assert.Equal(200, (await TagAsync(10, "v")).Status);
        Assert.InRange((await TagAsync(11, "v")).Status, 400, 400);
        Assert.InRange((await TagAsync(1, new string('v', 257))).Status, 400, 400);
        Assert.Equal(10, (await _site.SendAsync("Read", "GET", "/photos/a?tagging=")).Text.Split("<Tag>").Length - 1);

        Task<WireAnswer> TagAsync(int count, string value) => _site.SendAsync(
            "Write", "PUT", "/photos/a?tagging=",
            "<Tagging><TagSet>"
            + string.Concat(Enumerable.Range(0, count).Select(i => $"<Tag><Key>k{i}</Key><Value>{value}</Value></Tag>"))
            + "</TagSet></Tagging>");
    }

    [Theory]
    [InlineData("policy", "{\"Statement\":\"x\"}")]
    [InlineData("policy", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("cors", "<CORSConfiguration/>")]
    [InlineData("cors", "<!DOCTYPE a [<!ENTITY b \"c\">]><CORSConfiguration>&b;</CORSConfiguration>")]
    [InlineData("acl", "<AccessControlPolicy/>")]
    [InlineData("versioning", "<VersioningConfiguration><Status>Perhaps</Status></VersioningConfiguration>")]
    [InlineData("tagging", "<Tagging>")]
    public async Task A_setting_that_is_none_is_refused_and_changes_nothing(string name, string text)
    {
        var before = await _site.SendAsync("Admin", "GET", $"/photos?{name}=");

        var answer = await _site.SendAsync("Admin", "PUT", $"/photos?{name}=", text);

        Assert.Equal(400, answer.Status);
        var after = await _site.SendAsync("Admin", "GET", $"/photos?{name}=");
        Assert.Equal((before.Status, Stripped(before.Text)), (after.Status, Stripped(after.Text)));

        // An error names its own request.
        static string Stripped(string answer) => answer.Split("<RequestId>")[0];
    }

    [Fact]
    public async Task A_policy_of_patterns_that_grow_answers_at_once_and_one_too_long_is_refused()
    {
        var stars = string.Concat(Enumerable.Repeat("*a", 200));
        Assert.Equal(204, (await PutAsync($"arn:aws:s3:::photos/{stars}b")).Status);

        var asked = await _site.SendAsync("", "GET", $"/photos/{new string('a', 1000)}");

        Assert.Equal(403, asked.Status);
        Assert.Equal(400, (await PutAsync($"arn:aws:s3:::photos/{new string('a', 30 * 1024)}")).Status);

        Task<WireAnswer> PutAsync(string resource) => _site.SendAsync(
            "Admin", "PUT", "/photos?policy=",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","
            + $"\"Action\":\"s3:GetObject\",\"Resource\":\"{resource}\"}}]}}");
    }

    [Theory]
    [InlineData("/photos/a%00b")]
    [InlineData("/photos/%C0%AE%C0%AE/a")]
    [InlineData("/photos/%ED%A0%80")]
    [InlineData("/photos/%")]
    [InlineData("/photos/%2")]
    [InlineData("/photos/%zz")]
    public async Task A_key_that_is_not_text_is_refused(string target)
    {
        var answer = await _site.SendAsync("Write", "PUT", target, "x");

        Assert.Equal(400, answer.Status);
        Assert.DoesNotContain(
            "<Contents>", (await _site.SendAsync("Read", "GET", "/photos")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/..%2F..%2Fetc", "x")]
    [InlineData("/photos/..%2F..%2F..%2Fetc%2Fpasswd", "y")]
    [InlineData("/photos/a;x=1", "z")]
    public async Task A_key_is_a_name_and_never_a_path_of_the_server(string target, string content)
    {
        var put = await _site.SendAsync("Admin", "PUT", target, content);

        // It is no bucket, or it is a key like any other.
        if (put.Status == 200)
            Assert.Equal(content, (await _site.SendAsync("Admin", "GET", target)).Text);
        else
            Assert.InRange(put.Status, 400, 403);
        Assert.Equal("root:", Encoding.UTF8.GetString(await File.ReadAllBytesAsync(
            "/etc/passwd", TestContext.Current.CancellationToken), 0, 5));
    }
}
