using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.App.Serving;

namespace Millrace.Tests.AppServing;

public sealed class ApiServerTests : IAsyncLifetime
{
    readonly HttpClient _http = new();
    WireServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WireServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Whether_it_lives_may_be_asked_without_a_token() =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/healthz"));

    [Fact]
    public async Task Everything_else_needs_the_token()
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{_server.Token}"));

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/v1/version"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/nothing/here"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/v1/version", "Bearer", "mr_wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/v1/version", "Basic", "%%%"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/v1/version", "Bearer", _server.Token));
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/v1/version", "Basic", basic));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync("/nothing/here", "Bearer", _server.Token));
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:7070", HttpStatusCode.OK)]
    [InlineData("[::1]:7070", HttpStatusCode.OK)]
    [InlineData("s3.test", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    public async Task A_name_that_is_not_the_servers_is_refused(string host, HttpStatusCode status) =>
        Assert.Equal(status, await GetAsync("/healthz", host: host));

    [Fact]
    public async Task A_page_of_another_server_is_refused()
    {
        var own = _server.Api.GetLeftPart(UriPartial.Authority);

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/healthz", origin: own));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("/healthz", origin: "http://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("/healthz", origin: "null"));
    }

    [Fact]
    public async Task Every_route_has_a_policy()
    {
        await using var application = WebHost.Create(new ServeOptions(), 0, isS3: false, NullLoggerFactory.Instance);

        ApiRoutes.Map(application, _server.Workspace);

        var routes = ((IEndpointRouteBuilder)application).DataSources.SelectMany(source => source.Endpoints).ToList();
        Assert.NotEmpty(routes);
        Assert.All(routes, route => Assert.True(
            route.Metadata.GetMetadata<RoutePolicy>() is not null, $"{route.DisplayName} has no policy."));
        Assert.Equal(
            ["HTTP: GET /healthz"],
            routes.Where(route => !route.Metadata.GetMetadata<RoutePolicy>()!.NeedsToken)
                .Select(route => route.DisplayName));
    }

    [Theory]
    [InlineData("0.0.0.0", false, null, "listen-insecure")]
    [InlineData("0.0.0.0", true, null, null)]
    [InlineData("192.0.2.1", false, "server.pem", null)]
    [InlineData("127.0.0.1", false, null, null)]
    [InlineData("::1", false, null, null)]
    public void Other_machines_are_served_only_over_TLS_or_when_it_is_said(
        string address, bool isInsecure, string? certificate, string? code)
    {
        var options = new ServeOptions
        {
            Address = IPAddress.Parse(address),
            IsInsecure = isInsecure,
            CertificateFile = certificate,
        };

        Assert.Equal(code, (Record.Exception(options.Check) as MillraceException)?.Code);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var failure = await Assert.ThrowsAsync<MillraceException>(() => Server.StartAsync(
            _server.Workspace, new ServeOptions { ApiPort = _server.S3.Port, ServesS3 = false },
            (_, _) => Task.CompletedTask, TimeProvider.System, NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken));

        Assert.Equal("port-taken", failure.Code);
        Assert.Contains($"{_server.S3.Port}", failure.Message, StringComparison.Ordinal);
    }

    async Task<HttpStatusCode> GetAsync(
        string path, string? scheme = null, string? credential = null, string? host = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Api, path));
        request.Headers.Authorization = scheme is null ? null : new AuthenticationHeaderValue(scheme, credential);
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
