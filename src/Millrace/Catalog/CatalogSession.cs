using System.Data.Common;

namespace Millrace.Catalog;

/// <summary>One transaction of the catalog. SQL is written in the words that SQLite and PostgreSQL share; parameters
/// are <c>@name</c>. Not thread-safe; lives as long as the delegate it was given to.</summary>
/// <remarks>Types are text, bigint (also for booleans, 0 or 1, and for times, microseconds since 1970 UTC), double
/// precision, and bytes. JSON is text.</remarks>
public sealed class CatalogSession
{
    readonly StatementCache _statements;
    readonly DbTransaction? _transaction;

    internal CatalogSession(StatementCache statements, DbTransaction? transaction, long now)
    {
        _statements = statements;
        _transaction = transaction;
        Now = now;
    }

    /// <summary>The time of this transaction, in microseconds since 1970 UTC.</summary>
    public long Now { get; }

    /// <summary>Runs one statement and returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var loan = Command(sql, parameters);
        return loan.Command.ExecuteNonQuery();
    }

    /// <summary>Runs a query and maps each row.</summary>
    public List<T> Query<T>(
        string sql, Func<CatalogRow, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var loan = Command(sql, parameters);
        using var reader = loan.Command.ExecuteReader();
        var rows = new List<T>();
        var row = new CatalogRow(reader);
        while (reader.Read())
        {
            rows.Add(map(row));
        }

        return rows;
    }

    /// <summary>The first row of a query, or <c>default</c> when it has none.</summary>
    public T? First<T>(
        string sql, Func<CatalogRow, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var loan = Command(sql, parameters);
        using var reader = loan.Command.ExecuteReader();
        return reader.Read() ? map(new CatalogRow(reader)) : default;
    }

    /// <summary>The first column of the first row as a number; 0 when there is none or it is null.</summary>
    public long Count(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var loan = Command(sql, parameters);
        var value = loan.Command.ExecuteScalar();
        return value is null or DBNull ? 0 : Convert.ToInt64(value);
    }

    Loan Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = _statements.Take(sql);
        command.Transaction = _transaction;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            if (value is null)
            {
                // An untyped null makes PostgreSQL guess; every nullable column of the catalog that is bound is text
                // or bigint, and 'unknown' is resolved by the column it goes into.
                parameter.Value = DBNull.Value;
            }
            else
            {
                parameter.Value = value is bool flag ? (flag ? 1L : 0L) : value is int number ? (long)number : value;
            }

            command.Parameters.Add(parameter);
        }

        return new Loan(_statements, command);
    }

    readonly ref struct Loan(StatementCache statements, DbCommand command)
    {
        public DbCommand Command => command;

        public void Dispose() => statements.Return(command);
    }
}
