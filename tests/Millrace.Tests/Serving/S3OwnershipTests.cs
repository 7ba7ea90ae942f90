namespace Millrace.Tests.AppServing;

/// <summary>Buckets whose owner owns everything in them.</summary>
public sealed class S3OwnershipTests : IAsyncLifetime
{
    S3Site _site = null!;

    public async ValueTask InitializeAsync() => _site = await S3Site.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Theory]
    [InlineData("InvalidArgument", "Anybody", "private")]
    [InlineData("InvalidBucketAclWithObjectOwnership", "BucketOwnerEnforced", "public-read")]
    [InlineData("InvalidBucketAclWithObjectOwnership", "BucketOwnerEnforced", "authenticated-read")]
    [InlineData("", "BucketOwnerEnforced", "private")]
    [InlineData("", "BucketOwnerPreferred", "public-read")]
    [InlineData("", "ObjectWriter", "public-read")]
    public async Task A_bucket_begins_with_an_ownership_that_there_is_and_a_list_that_goes_with_it(
        string code, string ownership, string acl)
    {
        var answer = await _site.SendAsync(
            "Elsewhere", "PUT", "/other", "", ("x-amz-object-ownership", ownership), ("x-amz-acl", acl));

        Assert.Equal(code, answer.Code);
        var made = await _site.SendAsync("Elsewhere", "GET", "/other?ownershipControls=");
        Assert.Equal(code.Length > 0 ? "NoSuchBucket" : "", made.Code);
        if (code.Length == 0)
            Assert.Contains($"<ObjectOwnership>{ownership}<", made.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_owner_owns_everything_a_put_brings_no_list_but_the_one_that_gives_it_to_the_owner()
    {
        const string Everyone = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"";
        Assert.Equal(200, (await _site.SendAsync(
            "Elsewhere", "PUT", "/other", "", ("x-amz-object-ownership", "BucketOwnerEnforced"))).Status);
        Assert.Equal(200, (await _site.SendAsync("Elsewhere", "PUT", "/other/a", "x")).Status);

        foreach (var method in new[] { "PUT", "POST", "COPY" })
        {
            Assert.Equal("", (await PutAsync(method, "x-amz-acl", "bucket-owner-full-control")).Code);
            foreach (var acl in new[] { "private", "public-read", "bucket-owner-read" })
                Assert.Equal("AccessControlListNotSupported", (await PutAsync(method, "x-amz-acl", acl)).Code);
            Assert.Equal("AccessControlListNotSupported", (await PutAsync(method, "x-amz-grant-read", Everyone)).Code);
        }

        Task<WireAnswer> PutAsync(string method, string name, string value) => method switch
        {
            "PUT" => _site.SendAsync("Elsewhere", "PUT", "/other/b", "x", (name, value)),
            "POST" => _site.SendAsync("Elsewhere", "POST", "/other/c?uploads=", "", (name, value)),
            _ => _site.SendAsync("Elsewhere", "PUT", "/other/d", "", ("x-amz-copy-source", "/other/a"), (name, value)),
        };
    }
}
