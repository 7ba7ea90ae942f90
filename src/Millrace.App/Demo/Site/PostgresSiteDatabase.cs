using Npgsql;
using NpgsqlTypes;

namespace Millrace.App.Demo.Site;

/// <summary>The site's database as schema <c>site</c> of a PostgreSQL database.</summary>
static class PostgresSiteDatabase
{
    const string Schema = """
        create schema if not exists site;
        drop table if exists site.photos;
        drop table if exists site.users;
        create table site.users (
          user_id bigint primary key,
          name text not null,
          joined_at timestamptz not null);
        create table site.photos (
          photo_id bigint primary key,
          user_id bigint not null references site.users (user_id),
          title text not null,
          location text,
          posted_at timestamptz not null,
          file_name text not null);
        create index photos_posted_at on site.photos (posted_at);
        """;

    /// <summary>The database without its password, such as <c>localhost:5432/demo</c>; may be shown and kept.</summary>
    /// <exception cref="MillraceException"><c>postgres-connection-invalid</c>.</exception>
    public static string Name(string connectionString)
    {
        var settings = Parse(connectionString);
        return $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}";
    }

    /// <summary>Replaces both tables in one transaction: a reader sees the old site or the new one.</summary>
    /// <exception cref="MillraceException"><c>postgres-connection-invalid</c>,
    /// <c>site-database-unavailable</c>.</exception>
    public static async Task ReplaceAsync(
        string connectionString, SiteHistory history, CancellationToken cancellationToken)
    {
        var settings = Parse(connectionString);
        try
        {
            await using var source = NpgsqlDataSource.Create(settings);
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var schema = new NpgsqlCommand(Schema, connection, transaction);
            await schema.ExecuteNonQueryAsync(cancellationToken);
            await CopyUsersAsync(connection, history.Users, cancellationToken);
            await CopyPhotosAsync(connection, history.Photos, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (NpgsqlException failure)
        {
            throw new MillraceException(
                ErrorKind.Unavailable,
                "site-database-unavailable",
                $"The photo site cannot be written to PostgreSQL at {Name(connectionString)}: {failure.Message}",
                "Check with psql that the server answers and that the user may create schema 'site'.",
                failure);
        }
    }

    static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException)
        {
            // The text itself is not repeated, since it may hold a password.
            throw new MillraceException(
                ErrorKind.Invalid,
                "postgres-connection-invalid",
                "The PostgreSQL connection string cannot be read: it was expected to be pairs of name and value.",
                "Write it like 'Host=localhost;Port=5432;Database=demo;Username=demo'.",
                failure);
        }
    }

    static async Task CopyUsersAsync(
        NpgsqlConnection connection, IReadOnlyList<SiteUser> users, CancellationToken cancellationToken)
    {
        await using var rows = await connection.BeginBinaryImportAsync(
            "copy site.users (user_id, name, joined_at) from stdin (format binary)", cancellationToken);
        foreach (var user in users)
        {
            await rows.StartRowAsync(cancellationToken);
            await rows.WriteAsync((long)user.UserId, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync(user.Name, NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(SiteTime.ToUtc(user.JoinedUnixMs), NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await rows.CompleteAsync(cancellationToken);
    }

    static async Task CopyPhotosAsync(
        NpgsqlConnection connection, IReadOnlyList<SitePhoto> photos, CancellationToken cancellationToken)
    {
        await using var rows = await connection.BeginBinaryImportAsync(
            "copy site.photos (photo_id, user_id, title, location, posted_at, file_name) from stdin (format binary)",
            cancellationToken);
        foreach (var photo in photos)
        {
            await rows.StartRowAsync(cancellationToken);
            await rows.WriteAsync((long)photo.PhotoId, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync((long)photo.UserId, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync(photo.Title, NpgsqlDbType.Text, cancellationToken);
            if (photo.Location is null)
                await rows.WriteNullAsync(cancellationToken);
            else
                await rows.WriteAsync(photo.Location, NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(SiteTime.ToUtc(photo.PostedUnixMs), NpgsqlDbType.TimestampTz, cancellationToken);
            await rows.WriteAsync(photo.FileName, NpgsqlDbType.Text, cancellationToken);
        }

        await rows.CompleteAsync(cancellationToken);
    }
}
