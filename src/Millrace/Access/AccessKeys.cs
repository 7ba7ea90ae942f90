using System.Security.Cryptography;
using Millrace.Catalog;

namespace Millrace.Access;

/// <summary>The keys of the S3 server. Thread-safe; a key that was removed is refused from the next request
/// on.</summary>
public sealed class AccessKeys
{
    const int IdLength = 20;
    const int SecretLength = 40;
    const int MinSecretLength = 8;
    const int MaxSecretLength = 128;
    const int MinIdLength = 3;
    const int MaxIdLength = 128;
    const int MaxNameLength = 200;
    const int MaxGrants = 100;
    const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const string SecretCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    readonly ICatalog _catalog;
    readonly SecretSeal _seal;

    /// <param name="catalog">Holds the keys.</param>
    /// <param name="folder">Holds the file that seals their secrets; made when the first key is.</param>
    public AccessKeys(ICatalog catalog, string folder)
    {
        _catalog = catalog;
        _seal = new SecretSeal(Path.Combine(folder, "access.key"));
    }

    /// <summary>Makes a key with a new id and secret. This is the only time that the secret is given out.</summary>
    /// <exception cref="MillraceException"><c>grant-invalid</c>, <c>key-invalid</c>.</exception>
    public Task<SecretKey> CreateAsync(
        string name,
        IReadOnlyList<AccessGrant> grants,
        DateTimeOffset? expiresAt = null,
        Account? account = null,
        CancellationToken cancellationToken = default) => ImportAsync(
            "MR" + RandomNumberGenerator.GetString(IdCharacters, IdLength - 2),
            RandomNumberGenerator.GetString(SecretCharacters, SecretLength),
            name, grants, expiresAt, account, cancellationToken);

    /// <summary>Takes in a pair that was made elsewhere.</summary>
    /// <param name="keyId">What requests name.</param>
    /// <param name="secret">What they are signed with.</param>
    /// <param name="name">For people; may be empty.</param>
    /// <param name="grants">What the key may do.</param>
    /// <param name="expiresAt">When it stops working; null is never.</param>
    /// <param name="account">Who owns what it makes; one that is there keeps its name and address. Null makes the key
    /// an account of its own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MillraceException"><c>key-exists</c>, <c>key-invalid</c>, <c>grant-invalid</c>,
    /// <c>account-email-taken</c>.</exception>
    public async Task<SecretKey> ImportAsync(
        string keyId,
        string secret,
        string name,
        IReadOnlyList<AccessGrant> grants,
        DateTimeOffset? expiresAt = null,
        Account? account = null,
        CancellationToken cancellationToken = default)
    {
        Check(keyId, secret, name, grants);
        var owner = account ?? new Account(keyId, name.Length > 0 ? name : keyId);
        Check(owner);
        var sealedSecret = _seal.Seal(keyId, secret);
        return await _catalog.WriteAsync(
            session =>
            {
                if (expiresAt is { } end && CatalogTime.ToMicroseconds(end) <= session.Now)
                {
                    throw Invalid($"The key would have expired at {end:u}.", "Name a time that is still to come.");
                }

                var kept = Insert(session, owner);
                Insert(session, keyId, sealedSecret, name, grants, expiresAt, kept.Id);
                return new SecretKey(
                    new AccessKey(
                        keyId, name, CatalogTime.FromMicroseconds(session.Now), expiresAt, false, grants, kept),
                    secret);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All keys, oldest first.</summary>
    public Task<List<AccessKey>> ListAsync(CancellationToken cancellationToken = default) => _catalog.ReadAsync(
        session =>
        {
            var grants = session.Query(
                "select key_id, bucket, access_right from access_grant order by key_id, bucket",
                row => (Id: row.Text(0), Grant: new AccessGrant(row.Text(1), Enum.Parse<AccessRight>(row.Text(2)))))
                .ToLookup(row => row.Id, row => row.Grant);
            return session.Query(
                "select k.key_id, k.name, k.created_at, k.expires_at, k.is_disabled, a.account_id, a.display_name, "
                + "a.email from access_key k join account a on a.account_id = k.account_id "
                + "order by k.created_at, k.key_id",
                row => new AccessKey(
                    row.Text(0), row.Text(1), row.Time(2), row.IsNull(3) ? null : row.Time(3), row.Int64(4) != 0,
                    [.. grants[row.Text(0)]], new Account(row.Text(5), row.Text(6), row.Text(7))));
        },
        cancellationToken);

    /// <summary>The accounts that there are, by their ids; also those whose keys were removed, for their objects stay.
    /// </summary>
    public Task<List<Account>> ListAccountsAsync(CancellationToken cancellationToken = default) => _catalog.ReadAsync(
        session => session.Query(
            "select account_id, display_name, email from account order by account_id",
            row => new Account(row.Text(0), row.Text(1), row.Text(2))),
        cancellationToken);

    /// <summary>The key that a request names, or null when there is none, it has expired or is disabled.</summary>
    /// <exception cref="MillraceException"><c>secret-unreadable</c>, <c>secret-damaged</c>.</exception>
    public async Task<SecretKey?> FindAsync(
        string keyId, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var found = await _catalog.ReadAsync(session => Find(session, keyId), cancellationToken).ConfigureAwait(false);
        return found is not { } row || row.Key.IsDisabled || row.Key.ExpiresAt <= now
            ? null : new SecretKey(row.Key, _seal.Unseal(keyId, row.Sealed));
    }

    /// <exception cref="MillraceException"><c>key-unknown</c>.</exception>
    public Task RemoveAsync(string keyId, CancellationToken cancellationToken = default) => _catalog.WriteAsync(
        session =>
        {
            session.Execute("delete from access_grant where key_id = @id", ("id", keyId));
            return session.Execute("delete from access_key where key_id = @id", ("id", keyId)) == 1
                ? true : throw new MillraceException(
                    ErrorKind.NotFound, "key-unknown", $"There is no key '{keyId}'.",
                    "'millrace key list' shows the keys that there are.");
        },
        cancellationToken);

    static (AccessKey Key, string Sealed)? Find(CatalogSession session, string keyId)
    {
        var rows = session.Query(
            """
            select k.sealed_secret, k.name, k.created_at, k.expires_at, k.is_disabled, g.bucket, g.access_right,
                a.account_id, a.display_name, a.email
            from access_key k join account a on a.account_id = k.account_id
            left join access_grant g on g.key_id = k.key_id where k.key_id = @id
            """,
            row => (
                Sealed: row.Text(0), Name: row.Text(1), Created: row.Time(2),
                Expires: row.IsNull(3) ? (DateTimeOffset?)null : row.Time(3), IsDisabled: row.Int64(4) != 0,
                Grant: row.IsNull(5)
                    ? (AccessGrant?)null : new AccessGrant(row.Text(5), Enum.Parse<AccessRight>(row.Text(6))),
                Account: new Account(row.Text(7), row.Text(8), row.Text(9))),
            ("id", keyId));
        if (rows.Count == 0)
        {
            return null;
        }

        var first = rows[0];
        var grants = rows.Where(row => row.Grant is not null).Select(row => row.Grant!.Value).ToList();
        return (
            new AccessKey(
                keyId, first.Name, first.Created, first.Expires, first.IsDisabled, grants, first.Account),
            first.Sealed);
    }

    static Account Insert(CatalogSession session, Account account)
    {
        if (account.Email.Length > 0 && session.First(
            "select account_id from account where email = @email", row => row.Text(0), ("email", account.Email))
            is { } other && other != account.Id)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "account-email-taken", $"Account '{other}' has the address {account.Email}.",
                "An address belongs to one account; name another one.");
        }

        session.Execute(
            "insert into account (account_id, display_name, email) values (@id, @name, @email) on conflict do nothing",
            ("id", account.Id), ("name", account.DisplayName), ("email", account.Email));
        return session.First(
            "select account_id, display_name, email from account where account_id = @id",
            row => new Account(row.Text(0), row.Text(1), row.Text(2)), ("id", account.Id))!;
    }

    static void Insert(
        CatalogSession session,
        string keyId,
        string sealedSecret,
        string name,
        IReadOnlyList<AccessGrant> grants,
        DateTimeOffset? expiresAt,
        string account)
    {
        var isNew = session.Execute(
            """
            insert into access_key (key_id, sealed_secret, name, created_at, expires_at, is_disabled, account_id)
            values (@id, @sealed, @name, @now, @expires, 0, @account) on conflict do nothing
            """,
            ("id", keyId), ("sealed", sealedSecret), ("name", name), ("now", session.Now),
            ("expires", expiresAt is { } end ? CatalogTime.ToMicroseconds(end) : null),
            ("account", account));
        if (isNew == 0)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "key-exists", $"There is a key '{keyId}' already.",
                $"Remove it with 'millrace key remove {keyId}', or choose another id.");
        }

        foreach (var grant in grants)
        {
            session.Execute(
                "insert into access_grant (key_id, bucket, access_right) values (@id, @bucket, @right)",
                ("id", keyId), ("bucket", grant.Bucket), ("right", grant.Right.ToString()));
        }
    }

    static void Check(string keyId, string secret, string name, IReadOnlyList<AccessGrant> grants)
    {
        if (keyId.Length is < MinIdLength or > MaxIdLength || !keyId.All(c => char.IsAsciiLetterOrDigit(c) || c is '_'
            or '-' or '.'))
        {
            throw Invalid(
                "The key's id is not one.",
                $"Ids have {MinIdLength} to {MaxIdLength} letters, digits, dots, hyphens and underscores.");
        }

        if (secret.Length is < MinSecretLength or > MaxSecretLength || !secret.All(c => c is > ' ' and < '\x7f'))
        {
            throw Invalid(
                $"The secret of key '{keyId}' is too short, too long or has other characters than ASCII.",
                $"Secrets have {MinSecretLength} to {MaxSecretLength} printable ASCII characters without spaces.");
        }

        if (name.Length > MaxNameLength || grants.Count > MaxGrants)
        {
            throw Invalid(
                $"The key has a name of {name.Length} characters and {grants.Count} grants.",
                $"At most {MaxNameLength} characters and {MaxGrants} grants are taken.");
        }

        foreach (var grant in grants)
        {
            grant.Check();
        }

        if (grants.GroupBy(grant => grant.Bucket).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw Invalid($"Bucket '{twice.Key}' has more than one grant.", "Name the greater right only.");
        }
    }

    // Lists of grants are lines of words, so an id is one.
    static void Check(Account account)
    {
        if (account.DisplayName.Any(char.IsControl))
        {
            throw Invalid(
                "The name has a line break or another control character.", "Give a name of one line.");
        }

        if (account.Id.Length is 0 or > MaxIdLength
            || !account.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '$')
            || account.DisplayName.Length > MaxNameLength
            || account.Email.Length > MaxNameLength || account.Email.Any(c => c is <= ' ' or ',' or '"'))
        {
            throw Invalid(
                $"'{account.Id}' is not an account.",
                $"Ids have up to {MaxIdLength} letters, digits, dots, hyphens, underscores and '$'; names and "
                + $"addresses up to {MaxNameLength} characters.");
        }
    }

    static MillraceException Invalid(string message, string hint) =>
        new(ErrorKind.Invalid, "key-invalid", message, hint);
}
