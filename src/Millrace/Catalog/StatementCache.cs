using System.Data.Common;

namespace Millrace.Catalog;

/// <summary>The commands of one connection, kept by their SQL so that SQLite parses and plans each once: that costs
/// more than running most of them. Not thread-safe, like the connection.</summary>
sealed class StatementCache(DbConnection connection) : IDisposable
{
    const int MaxStatements = 256;

    readonly Dictionary<string, DbCommand> _free = new(StringComparer.Ordinal);

    /// <summary>A command for one use, without parameters; one that is in use is not given out again.</summary>
    public DbCommand Take(string sql)
    {
        if (_free.Remove(sql, out var known))
        {
            known.Parameters.Clear();
            return known;
        }

        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    public void Return(DbCommand command)
    {
        if (_free.Count >= MaxStatements || !_free.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var command in _free.Values)
        {
            command.Dispose();
        }

        _free.Clear();
    }
}
