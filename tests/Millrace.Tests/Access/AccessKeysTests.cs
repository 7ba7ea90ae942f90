using Millrace.Access;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.AccessRoom;

public abstract class AccessKeysTests(SharedPostgres? postgres) : IAsyncLifetime
{
    static readonly AccessGrant[] Everything = [new("*", AccessRight.Admin)];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    readonly ScratchFolder _scratch = new();
    Workspace _workspace = null!;

    public async ValueTask InitializeAsync()
    {
        await WorkspaceCatalog.PlaceAsync(_scratch.Path, postgres);
        Workspace.Create(_scratch.Path);
        _workspace = await Workspace.OpenAsync(_scratch.Path, cancellationToken: Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _workspace.DisposeAsync();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_key_is_found_with_its_secret_and_rights()
    {
        var made = await _workspace.Access.CreateAsync(
            "laptop", [new("photos", AccessRight.Read), new("tmp-*", AccessRight.Write)], cancellationToken: Token);

        var found = await _workspace.Access.FindAsync(made.Key.Id, Now, Token);

        Assert.Equal(made.Secret, found!.Secret);
        Assert.Equal(made.Key.Grants, found.Key.Grants);
        Assert.Equal(20, made.Key.Id.Length);
        Assert.Equal(40, made.Secret.Length);
        Assert.Equal("laptop", Assert.Single(await _workspace.Access.ListAsync(Token)).Name);
        Assert.DoesNotContain(made.Secret, made.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_not_in_any_file_of_the_workspace()
    {
        const string Secret = "a-secret-that-would-be-seen";

        await _workspace.Access.ImportAsync("KEY", Secret, "", Everything, cancellationToken: Token);

        // The lock of a process holds nothing, and cannot be opened while it is held.
        foreach (var file in Directory.EnumerateFiles(_scratch.Path, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != ".lock"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(Secret, await reader.ReadToEndAsync(Token));
        }
    }

    [Fact]
    public async Task The_file_that_seals_is_its_owners_alone_and_refused_when_it_is_not()
    {
        var made = await _workspace.Access.CreateAsync("", Everything, cancellationToken: Token);
        var file = Path.Combine(_workspace.KeysFolder, "access.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Single(Directory.GetFiles(_workspace.KeysFolder));

        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.GroupRead);
        var other = new AccessKeys(_workspace.Catalog, _workspace.KeysFolder);
        var failure = await Assert.ThrowsAsync<MillraceException>(() => other.FindAsync(made.Key.Id, Now, Token));

        Assert.Equal("secret-exposed", failure.Code);
    }

    [Fact]
    public async Task With_another_sealing_key_a_secret_cannot_be_read()
    {
        var made = await _workspace.Access.CreateAsync("", Everything, cancellationToken: Token);
        var other = new AccessKeys(_workspace.Catalog, _scratch["elsewhere"]);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => other.FindAsync(made.Key.Id, Now, Token));

        Assert.Equal(ErrorKind.Corrupt, failure.Kind);
        Assert.Equal("secret-unreadable", failure.Code);
    }

    [Fact]
    public async Task A_sealed_secret_of_another_row_is_not_accepted()
    {
        var first = await _workspace.Access.CreateAsync("", Everything, cancellationToken: Token);
        var second = await _workspace.Access.CreateAsync("", Everything, cancellationToken: Token);
        await _workspace.Catalog.WriteAsync(session => session.Execute(
            "update access_key set sealed_secret = "
            + "(select sealed_secret from access_key where key_id = @from) where key_id = @to",
            ("from", first.Key.Id), ("to", second.Key.Id)), Token);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => _workspace.Access.FindAsync(second.Key.Id, Now, Token));

        Assert.Equal("secret-unreadable", failure.Code);
    }

    [Fact]
    public async Task A_key_that_was_removed_or_has_expired_is_not_found()
    {
        var removed = await _workspace.Access.CreateAsync("", Everything, cancellationToken: Token);
        var ending = await _workspace.Access.CreateAsync("", Everything, Now.AddHours(1), cancellationToken: Token);

        await _workspace.Access.RemoveAsync(removed.Key.Id, Token);

        Assert.Null(await _workspace.Access.FindAsync(removed.Key.Id, Now, Token));
        Assert.NotNull(await _workspace.Access.FindAsync(ending.Key.Id, Now, Token));
        Assert.Null(await _workspace.Access.FindAsync(ending.Key.Id, Now.AddHours(1), cancellationToken: Token));
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => _workspace.Access.RemoveAsync(removed.Key.Id, Token));
        Assert.Equal("key-unknown", failure.Code);
    }

    [Fact]
    public async Task Keys_of_one_account_own_together_and_a_key_alone_is_its_own_account()
    {
        var first = await _workspace.Access.CreateAsync(
            "", Everything, account: new Account("team", "The team", "team@example.com"), cancellationToken: Token);
        var second = await _workspace.Access.CreateAsync(
            "", Everything, account: new Account("team", "Another name"), cancellationToken: Token);
        var alone = await _workspace.Access.CreateAsync("laptop", Everything, cancellationToken: Token);

        var found = await _workspace.Access.FindAsync(second.Key.Id, Now, Token);

        Assert.Equal(first.Key.Account, found!.Key.Account);
        Assert.Equal("The team", found.Key.Account.DisplayName);
        Assert.Equal(new Account(alone.Key.Id, "laptop"), alone.Key.Account);
        Assert.Equal(2, (await _workspace.Access.ListAccountsAsync(Token)).Count);
    }

    [Fact]
    public async Task An_address_belongs_to_one_account()
    {
        await _workspace.Access.CreateAsync(
            "", Everything, account: new Account("one", "", "a@example.com"), cancellationToken: Token);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => _workspace.Access.CreateAsync(
            "", Everything, account: new Account("two", "", "a@example.com"), cancellationToken: Token));

        Assert.Equal("account-email-taken", failure.Code);
    }

    [Fact]
    public async Task An_id_is_taken_once()
    {
        await _workspace.Access.ImportAsync("KEY", "long-enough", "", Everything, cancellationToken: Token);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => _workspace.Access.ImportAsync("KEY", "another-one", "", Everything, cancellationToken: Token));

        Assert.Equal("key-exists", failure.Code);
    }

    [Theory]
    [InlineData("K", "long-enough", "*", "key-invalid")]
    [InlineData("KEY/1", "long-enough", "*", "key-invalid")]
    [InlineData("KEY", "short", "*", "key-invalid")]
    [InlineData("KEY", "with a space", "*", "key-invalid")]
    [InlineData("KEY", "long-enough", "", "grant-invalid")]
    [InlineData("KEY", "long-enough", "a*b", "grant-invalid")]
    [InlineData("KEY", "long-enough", "a/b", "grant-invalid")]
    public async Task What_cannot_be_a_key_is_refused(string id, string secret, string bucket, string code)
    {
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => _workspace.Access.ImportAsync(
                id, secret, "", [new(bucket, AccessRight.Read)], cancellationToken: Token));

        Assert.Equal(code, failure.Code);
    }

    static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public sealed class OnSqlite() : AccessKeysTests(null);

    public sealed class OnPostgres(SharedPostgres postgres) : AccessKeysTests(postgres);
}
