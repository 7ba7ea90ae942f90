namespace Millrace.Tables.Queries;

/// <summary>A function that queries may call beside DuckDB's own. A session gets it when a query names it.</summary>
/// <param name="Name">In small letters.</param>
/// <param name="Signature">How it is called and what it gives, such as <c>object_size(url) → BIGINT</c>.</param>
/// <param name="About">What it does, in a sentence or two.</param>
/// <param name="Register">Makes it in a session that does not have it.</param>
sealed record SqlFunction(string Name, string Signature, string About, Action<SqlSession> Register)
{
    /// <summary>Functions that it calls itself.</summary>
    public IReadOnlyList<SqlFunction> Uses { get; init; } = [];

    /// <summary>One that is an expression of SQL.</summary>
    public static SqlFunction Macro(string name, string signature, string about, string overloads) => new(
        name, signature, about, session => session.Execute($"create or replace temp macro {name}{overloads}"));

    /// <summary>Makes it in a session, once.</summary>
    public void Attach(SqlSession session)
    {
        foreach (var used in Uses)
            used.Attach(session);
        if (session.Registered.Add(Name))
            Register(session);
    }
}
