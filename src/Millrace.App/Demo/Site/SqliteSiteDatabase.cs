using Microsoft.Data.Sqlite;

namespace Millrace.App.Demo.Site;

/// <summary>The site's database as one SQLite file; times are ISO-8601 text, as SQLite has no type for them.</summary>
static class SqliteSiteDatabase
{
    const string Schema = """
        create table users (
          user_id integer primary key,
          name text not null,
          joined_at text not null);
        create table photos (
          photo_id integer primary key,
          user_id integer not null references users (user_id),
          title text not null,
          location text,
          posted_at text not null,
          file_name text not null);
        create index photos_posted_at on photos (posted_at);
        """;

    /// <summary>Makes a file that is not there yet.</summary>
    public static async Task WriteAsync(string path, SiteHistory history, CancellationToken cancellationToken)
    {
        // Without the pool the file is closed when the connection is, and its folder can be moved.
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false };
        await using var connection = new SqliteConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var transaction = connection.BeginTransaction();
        await using var schema = connection.CreateCommand();
        schema.CommandText = Schema;
        await schema.ExecuteNonQueryAsync(cancellationToken);

        await using var user = connection.CreateCommand();
        user.CommandText = "insert into users values ($1, $2, $3)";
        foreach (var row in history.Users)
            await InsertAsync(user, [row.UserId, row.Name, SiteTime.ToText(row.JoinedUnixMs)], cancellationToken);

        await using var photo = connection.CreateCommand();
        photo.CommandText = "insert into photos values ($1, $2, $3, $4, $5, $6)";
        foreach (var row in history.Photos)
        {
            object location = row.Location is null ? DBNull.Value : row.Location;
            var posted = SiteTime.ToText(row.PostedUnixMs);
            await InsertAsync(
                photo, [row.PhotoId, row.UserId, row.Title, location, posted, row.FileName], cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    static async Task InsertAsync(SqliteCommand command, object[] values, CancellationToken cancellationToken)
    {
        for (var index = 0; index < values.Length; index++)
        {
            if (index == command.Parameters.Count)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${index + 1}" });
            command.Parameters[index].Value = values[index];
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
