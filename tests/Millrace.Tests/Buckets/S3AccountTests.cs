using System.Net;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.BucketsRoom;

/// <summary>Who may do what, when each key has an account of its own.</summary>
public abstract class S3AccountTests(SharedPostgres? postgres) : IAsyncLifetime
{
    const string Namespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    const HttpStatusCode Ok = HttpStatusCode.OK;
    const HttpStatusCode Denied = HttpStatusCode.Forbidden;

    readonly ScratchFolder _scratch = new();
    readonly HttpClient _client = new();
    BucketServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await WorkspaceCatalog.PlaceAsync(_scratch.Path, postgres);
        Workspace.Create(_scratch.Path);
        var workspace = await Workspace.OpenAsync(_scratch.Path, cancellationToken: Cancel);
        foreach (var name in (string[])["ann", "bob"])
        {
            await workspace.Access.ImportAsync(
                name, "long-enough", name, [new("*", Access.AccessRight.Own)],
                account: new Access.Account(name, $"Her {name}", $"{name}@example.com"), cancellationToken: Cancel);
        }

        _server = await BucketServer.StartAsync(workspace);
        _client.BaseAddress = _server.Address;
        Assert.Equal(Ok, await Status("ann", "PUT", "/box"));
        Assert.Equal(Ok, await Status("ann", "PUT", "/box/key", "words"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_bucket_is_its_owners_alone_until_it_is_shared()
    {
        Assert.Equal(Denied, await Status("bob", "GET", "/box/key"));
        Assert.Equal(Denied, await Status("bob", "PUT", "/box/other", "x"));
        Assert.Equal(Denied, await Status("bob", "GET", "/box"));
        Assert.Equal(Denied, await Status("bob", "DELETE", "/box"));
        Assert.Equal(HttpStatusCode.Conflict, await Status("bob", "PUT", "/box"));
        Assert.DoesNotContain("box", await Text("bob", "GET", "/"), StringComparison.Ordinal);
        Assert.Contains("<Name>box</Name>", await Text("ann", "GET", "/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grant_by_address_comes_back_with_the_accounts_name_and_holds()
    {
        var list = $"""
            <AccessControlPolicy {Namespace}><Owner><ID>ann</ID></Owner><AccessControlList><Grant>
            <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="AmazonCustomerByEmail">
            <EmailAddress>bob@example.com</EmailAddress></Grantee><Permission>READ</Permission></Grant>
            </AccessControlList></AccessControlPolicy>
            """;

        Assert.Equal(Ok, await Status("ann", "PUT", "/box/key?acl", list));

        Assert.Contains("Her bob", await Text("ann", "GET", "/box/key?acl"), StringComparison.Ordinal);
        Assert.Equal(Ok, await Status("bob", "GET", "/box/key"));
        Assert.Equal(Denied, await Status("bob", "PUT", "/box/key", "x"));
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await Status("ann", "PUT", "/box/key?acl", list.Replace("bob@", "nobody@", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_policy_names_accounts_and_a_denial_wins()
    {
        var policy = """
            {"Statement":[
            {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::bob:root"},"Action":"s3:GetObject",
             "Resource":"arn:aws:s3:::box/*"},
            {"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::box/secret"}]}
            """;
        Assert.Equal(Ok, await Status("ann", "PUT", "/box/secret", "x"));

        Assert.Equal(HttpStatusCode.NoContent, await Status("ann", "PUT", "/box?policy", policy));

        Assert.Equal(Ok, await Status("bob", "GET", "/box/key"));
        Assert.Equal(Denied, await Status("bob", "GET", "/box/secret"));
        Assert.Equal(Denied, await Status("bob", "DELETE", "/box/key"));
        Assert.Equal(Denied, await Status("ann", "GET", "/box/secret"));
    }

    [Fact]
    public async Task A_configuration_in_the_namespace_of_S3_is_kept_and_given_back()
    {
        var rules = $"""
            <CORSConfiguration {Namespace}><CORSRule><AllowedMethod>GET</AllowedMethod>
            <AllowedOrigin>https://a.example</AllowedOrigin></CORSRule></CORSConfiguration>
            """;

        Assert.Equal(Ok, await Status("ann", "PUT", "/box?cors", rules));

        Assert.Contains("https://a.example", await Text("ann", "GET", "/box?cors"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_the_view_of_versions_is_taken()
    {
        Assert.Equal(HttpStatusCode.Forbidden, await Status("ann", "PUT", "/millrace"));
        Assert.DoesNotContain("<Name>millrace", await Text("ann", "GET", "/"), StringComparison.Ordinal);
        Assert.Contains("<Name>millrace", await Text("", "GET", "/"), StringComparison.Ordinal);
    }

    async Task<HttpStatusCode> Status(string account, string method, string path, string? body = null)
    {
        using var answer = await Send(account, method, path, body);
        return answer.StatusCode;
    }

    async Task<string> Text(string account, string method, string path)
    {
        using var answer = await Send(account, method, path, null);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    async Task<HttpResponseMessage> Send(string account, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("x-test-account", account);
        if (body is not null)
            request.Content = new StringContent(body);
        return await _client.SendAsync(request, Cancel);
    }

    public sealed class OnSqlite() : S3AccountTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : S3AccountTests(postgres);
}
