using Npgsql;

namespace Millrace.Sources.Databases;

/// <summary>What PostgreSQL's errors mean here.</summary>
static class PostgresFailure
{
    public static MillraceException Of(SourceDatabase database, Exception exception) => exception switch
    {
        PostgresException { SqlState: "42501" } refused => new MillraceException(
            ErrorKind.Unavailable, "source-unavailable",
            $"The database '{database.Identity}' refused: {refused.MessageText}.",
            "Ask for the right, or name another user.", exception),
        // Class 42 is what the statement says, 21 to 23 what the rows are.
        PostgresException { SqlState: ['4', '2', ..] or ['2', '1', ..] or ['2', '2', ..] or ['2', '3', ..] } wrong =>
            new MillraceException(
                ErrorKind.Invalid, "source-failed",
                $"The database '{database.Identity}' refused: {wrong.MessageText}"
                + $"{(wrong.Detail is null ? "" : $" ({wrong.Detail})")}.",
                "Correct the names, the query or the rows. Nothing was changed.", exception),
        PostgresException { SqlState: "25006" } writes => new MillraceException(
            ErrorKind.Invalid, "source-failed", $"The query writes: {writes.MessageText}.",
            "Only read in '--query'. Nothing was changed.", exception),
        PostgresException failed => new MillraceException(
            ErrorKind.Unavailable, "source-unavailable",
            $"The database '{database.Identity}' can't be used: {failed.MessageText} ({failed.SqlState}).",
            "Check user, rights and database.", exception),
        _ => new MillraceException(
            ErrorKind.Unavailable, "source-unavailable",
            $"The database '{database.Identity}' can't be reached: {exception.Message}",
            "Check that the server runs, and host, port, user and how the password is found.", exception),
    };
}
