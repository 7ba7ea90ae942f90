using System.Net;
using System.Net.Sockets;
using System.Text;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Versions.Urls;

namespace Millrace.Tests.VersionsRoom;

public sealed class UrlImportTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_taken_once_and_again_when_it_has_changed()
    {
        using var scratch = new ScratchFolder();
        await using var here = await TestCheckout.MakeAsync();
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,1", Cancel);

        var first = await ImportAsync(here, scratch["labels.csv"], new());
        var same = await ImportAsync(here, scratch["labels.csv"], new() { IsUpdate = true });
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,22", Cancel);
        var second = await ImportAsync(here, scratch["labels.csv"], new() { IsUpdate = true });

        Assert.Equal((true, false, true), (first.IsTaken, same.IsTaken, second.IsTaken));
        Assert.Equal("a,22", here.Read("data/labels.csv"));
        Assert.Equal(["staged data/labels.csv"], await here.StatusAsync());
    }

    [Fact]
    public async Task Content_that_a_sweep_is_about_to_drop_is_stored_again()
    {
        await using var here = await TestCheckout.MakeAsync();
        var objects = here.Versions.Objects;
        var hash = objects.Put("of a bucket"u8);
        await new ObjectSweep(objects, new SetClock()).SweepAsync([], new SweepOptions(), Cancel);

        await new UrlImport(here.Versions, null, TimeProvider.System).TakeAsync(
            "bucket:b/k", "data/k", hash, "v1", new UrlImportOptions(), Cancel);

        using var hold = objects.Hold();
        Assert.True(hold.Keeps(hash));
    }

    [Fact]
    public async Task A_file_of_the_user_is_not_replaced()
    {
        using var scratch = new ScratchFolder();
        await using var here = await TestCheckout.MakeAsync();
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,1", Cancel);
        here.Write("data/labels.csv", "mine");

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => ImportAsync(here, scratch["labels.csv"], new() { IsUpdate = true }));

        Assert.Equal("local-changes", refused.Code);
        Assert.Equal("mine", here.Read("data/labels.csv"));
    }

    [Fact]
    public async Task What_was_cut_off_before_it_was_staged_is_completed_by_the_same_command()
    {
        using var scratch = new ScratchFolder();
        await using var here = await TestCheckout.MakeAsync();
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,1", Cancel);
        await ImportAsync(here, scratch["labels.csv"], new());
        var sources = Path.Join(here.Folder, ".millrace/versions/sources");
        var record = Assert.Single(Directory.GetFiles(sources));
        // As if it had been killed when the file was there and the index not.
        Begun(record);
        File.Delete(Path.Join(here.Folder, ".millrace/versions/index"));

        await ImportAsync(here, scratch["labels.csv"], new());

        Assert.Equal([record], Directory.GetFiles(sources));
        var status = await here.Versions.StatusAsync(cancellationToken: Cancel);
        Assert.Equal("data/labels.csv", Assert.Single(status.Staged).Path);

        Begun(record);
        File.Delete(Path.Join(here.Folder, ".millrace/versions/index"));
        here.Write("data/labels.csv", "mine");
        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => ImportAsync(here, scratch["labels.csv"], new()));
        Assert.Equal("local-changes", refused.Code);
        Assert.Equal("mine", here.Read("data/labels.csv"));

        static void Begun(string record)
        {
            File.Copy(record, record + ".begun");
            File.Delete(record);
        }
    }

    [Fact]
    public async Task An_answer_of_not_modified_takes_nothing()
    {
        await using var here = await TestCheckout.MakeAsync();
        using var web = new TinyWeb(request => request.Contains("If-None-Match: \"v1\"", StringComparison.Ordinal)
            ? "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
        var local = new UrlImportOptions { AllowsLocal = true };

        var first = await ImportAsync(here, web.Address, local);
        var again = await ImportAsync(here, web.Address, local with { IsUpdate = true });

        Assert.True(first.IsTaken);
        Assert.False(again.IsTaken);
        Assert.Equal("abc", here.Read("data/labels.csv"));
    }

    [Fact]
    public async Task An_address_of_this_machine_is_refused_before_it_is_asked()
    {
        await using var here = await TestCheckout.MakeAsync();
        using var web = new TinyWeb(_ => throw new InvalidOperationException("It was asked."));

        var refused = await Assert.ThrowsAsync<MillraceException>(() => ImportAsync(here, web.Address, new()));

        Assert.Equal("source-local", refused.Code);
        Assert.False(here.Exists("data"));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 300\r\nConnection: close\r\n\r\n", "source-large")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789012345678901234567890123456789", "source-large")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabd", "checksum-wrong")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nabc", "source-unavailable")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nConnection: close\r\n\r\n", "source-refused")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://u:p@example.org/\r\n\r\n", "source-refused")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /again\r\nConnection: close\r\n\r\n", "source-refused")]
    [InlineData("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", "source-unavailable")]
    public async Task A_bad_answer_is_an_error_and_changes_nothing(string answer, string code)
    {
        await using var here = await TestCheckout.MakeAsync();
        using var web = new TinyWeb(_ => answer);

        var failed = await Assert.ThrowsAsync<MillraceException>(() => ImportAsync(
            here, web.Address,
            new() { AllowsLocal = true, SizeMax = 20, Checksum = ContentHash.Of("abc"u8) }));

        Assert.Equal(code, failed.Code);
        Assert.False(here.Exists("data"));
        Assert.Empty(await here.StatusAsync());
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("192.168.0.1", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("64:ff9b::7f00:1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("2606:4700::1111", false)]
    public void A_local_network_is_known(string address, bool isLocal) =>
        Assert.Equal(isLocal, LocalNetworks.Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("../out")]
    [InlineData("")]
    [InlineData("a/../b")]
    [InlineData(".git/hooks")]
    [InlineData("a/.millrace/b")]
    public async Task A_path_outside_is_refused(string path)
    {
        await using var here = await TestCheckout.MakeAsync();

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => new UrlImport(here.Versions, null, TimeProvider.System).ImportAsync(
                "/etc/hostname", path, new(), Cancel));

        Assert.Equal("path-outside", refused.Code);
    }

    static Task<UrlImportResult> ImportAsync(
        TestCheckout here, string url, UrlImportOptions options) =>
        new UrlImport(here.Versions, null, TimeProvider.System).ImportAsync(url, "data/labels.csv", options, Cancel);

    [Fact]
    public async Task What_cannot_be_written_is_not_staged()
    {
        using var scratch = new ScratchFolder();
        await using var here = await TestCheckout.MakeAsync();
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,1", Cancel);
        here.Write("data", "a file where the folder would be");

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => ImportAsync(here, scratch["labels.csv"], new()));

        Assert.Equal("local-changes", refused.Code);
        Assert.Equal(["untracked data"], await here.StatusAsync());
        Assert.Null(new UrlImport(here.Versions, null, TimeProvider.System).Read("data/labels.csv"));
    }

    [Fact]
    public async Task A_pointer_is_written_beside_git_and_follows_an_update()
    {
        using var scratch = new ScratchFolder();
        await using var place = await GitPlace.MakeAsync();
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,1", Cancel);
        var import = new UrlImport(place.Workspace.Versions, place.Tree, TimeProvider.System);

        var first = await import.ImportAsync(scratch["labels.csv"], "labels.csv", new(), Cancel);
        await place.CommitAsync("first");
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,22", Cancel);
        var second = await import.ImportAsync(scratch["labels.csv"], "labels.csv", new() { IsUpdate = true }, Cancel);
        await place.GitAsync("checkout", "-q", "labels.csv.millrace");
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,333", Cancel);
        var moved = await Assert.ThrowsAsync<MillraceException>(() => import.ImportAsync(
            scratch["labels.csv"], "labels.csv", new() { IsUpdate = true }, Cancel));

        Assert.Equal(["labels.csv.millrace", ".gitignore"], first.Files);
        Assert.Equal(["labels.csv.millrace"], second.Files);
        Assert.Equal("pointer-moved", moved.Code);
        Assert.Equal("a,22", place.Read("labels.csv"));
        await place.CheckoutAsync();
        Assert.Equal("a,1", place.Read("labels.csv"));
        Assert.Empty(place.Status());
    }

    [Fact]
    public async Task A_file_that_git_keeps_is_not_taken_over()
    {
        using var scratch = new ScratchFolder();
        await using var place = await GitPlace.MakeAsync();
        await File.WriteAllTextAsync(scratch["labels.csv"], "a,1", Cancel);
        place.Write("labels.csv", "mine");
        await place.GitAsync("add", "labels.csv");
        File.Delete(Path.Join(place.Folder, "labels.csv"));

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => new UrlImport(place.Workspace.Versions, place.Tree, TimeProvider.System)
                .ImportAsync(scratch["labels.csv"], "labels.csv", new(), Cancel));

        Assert.Equal("tracked-by-git", refused.Code);
    }

    [Fact]
    public async Task What_changes_while_it_is_read_is_read_again()
    {
        await using var here = await TestCheckout.MakeAsync();
        var (asked, version) = (0, 1);
        using var web = new TinyWeb(request =>
        {
            // It changes after it was given for the first time.
            if (++asked == 2)
                version = 2;
            return request.Contains($"If-None-Match: \"v{version}\"", StringComparison.Ordinal)
                ? "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
                : $"HTTP/1.1 200 OK\r\nETag: \"v{version}\"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
                    + $"v{version}";
        });

        var taken = await ImportAsync(here, web.Address, new() { AllowsLocal = true });

        Assert.Equal(("v2", "\"v2\"", 4), (here.Read("data/labels.csv"), taken.Record.Tag, asked));
    }

    [Fact]
    public async Task What_never_keeps_still_is_an_error()
    {
        await using var here = await TestCheckout.MakeAsync();
        var asked = 0;
        using var web = new TinyWeb(_ =>
            $"HTTP/1.1 200 OK\r\nETag: \"v{++asked}\"\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{asked % 10}");

        var failed = await Assert.ThrowsAsync<MillraceException>(
            () => ImportAsync(here, web.Address, new() { AllowsLocal = true }));

        Assert.Equal("source-changed", failed.Code);
        Assert.DoesNotContain("secret", failed.Message, StringComparison.Ordinal);
        Assert.False(here.Exists("data"));
    }

    [Fact]
    public async Task A_server_with_another_tag_for_each_answer_is_believed_when_the_content_came_twice()
    {
        await using var here = await TestCheckout.MakeAsync();
        var asked = 0;
        using var web = new TinyWeb(_ =>
            $"HTTP/1.1 200 OK\r\nETag: \"v{++asked}\"\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");

        await ImportAsync(here, web.Address, new() { AllowsLocal = true });

        Assert.Equal("abc", here.Read("data/labels.csv"));
    }

    /// <summary>Answers each request with a text.</summary>
    sealed class TinyWeb : IDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        readonly Task _serving;

        public TinyWeb(Func<string, string> answer)
        {
            _listener.Start();
            _serving = ServeAsync(answer);
        }

        public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/labels.csv?secret=1";

        public void Dispose()
        {
            _listener.Dispose();
            Assert.True(_serving.IsCompleted || !_serving.IsFaulted);
        }

        async Task ServeAsync(Func<string, string> answer)
        {
            var buffer = new byte[8192];
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync(Cancel);
                    var stream = client.GetStream();
                    var count = await stream.ReadAsync(buffer, Cancel);
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(
                        answer(Encoding.ASCII.GetString(buffer, 0, count))), Cancel);
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException
                    or OperationCanceledException or IOException)
                {
                    return;
                }
            }
        }
    }
}
