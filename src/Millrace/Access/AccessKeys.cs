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
        CancellationToken cancellationToken = default) => ImportAsync(
            "MR" + RandomNumberGenerator.GetString(IdCharacters, IdLength - 2),
            RandomNumberGenerator.GetString(SecretCharacters, SecretLength),
            name, grants, expiresAt, cancellationToken);

    /// <summary>Takes in a pair that was made elsewhere.</summary>
    /// <exception cref="MillraceException"><c>key-exists</c>, <c>key-invalid</c>, <c>grant-invalid</c>.</exception>
    public async Task<SecretKey> ImportAsync(
        string keyId,
        string secret,
        string name,
        IReadOnlyList<AccessGrant> grants,
        DateTimeOffset? expiresAt = null,
        CancellationToken cancellationToken = default)
    {
        Check(keyId, secret, name, grants);
        var sealedSecret = _seal.Seal(keyId, secret);
        return await _catalog.WriteAsync(
            session =>
            {
                if (expiresAt is { } end && CatalogTime.ToMicroseconds(end) <= session.Now)
                {
                    throw Invalid($"The key would have expired at {end:u}.", "Name a time that is still to come.");
                }

                Insert(session, keyId, sealedSecret, name, grants, expiresAt);
                return new SecretKey(
                    new AccessKey(keyId, name, CatalogTime.FromMicroseconds(session.Now), expiresAt, false, grants),
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
                "select key_id, name, created_at, expires_at, is_disabled from access_key order by created_at, key_id",
                row => new AccessKey(
                    row.Text(0), row.Text(1), row.Time(2), row.IsNull(3) ? null : row.Time(3), row.Int64(4) != 0,
                    [.. grants[row.Text(0)]]));
        },
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
            select k.sealed_secret, k.name, k.created_at, k.expires_at, k.is_disabled, g.bucket, g.access_right
            from access_key k left join access_grant g on g.key_id = k.key_id where k.key_id = @id
            """,
            row => (
                Sealed: row.Text(0), Name: row.Text(1), Created: row.Time(2),
                Expires: row.IsNull(3) ? (DateTimeOffset?)null : row.Time(3), IsDisabled: row.Int64(4) != 0,
                Grant: row.IsNull(5)
                    ? (AccessGrant?)null : new AccessGrant(row.Text(5), Enum.Parse<AccessRight>(row.Text(6)))),
            ("id", keyId));
        if (rows.Count == 0)
        {
            return null;
        }

        var first = rows[0];
        var grants = rows.Where(row => row.Grant is not null).Select(row => row.Grant!.Value).ToList();
        return (
            new AccessKey(keyId, first.Name, first.Created, first.Expires, first.IsDisabled, grants), first.Sealed);
    }

    static void Insert(
        CatalogSession session,
        string keyId,
        string sealedSecret,
        string name,
        IReadOnlyList<AccessGrant> grants,
        DateTimeOffset? expiresAt)
    {
        var isNew = session.Execute(
            """
            insert into access_key (key_id, sealed_secret, name, created_at, expires_at, is_disabled)
            values (@id, @sealed, @name, @now, @expires, 0) on conflict do nothing
            """,
            ("id", keyId), ("sealed", sealedSecret), ("name", name), ("now", session.Now),
            ("expires", expiresAt is { } end ? CatalogTime.ToMicroseconds(end) : null));
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

    static MillraceException Invalid(string message, string hint) =>
        new(ErrorKind.Invalid, "key-invalid", message, hint);
}
