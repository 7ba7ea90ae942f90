using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>A source of rows in a database, and the table that they go to.</summary>
/// <param name="Label">What it is called in lineage; it tells it from every other source.</param>
/// <param name="From">What SQL selects from.</param>
/// <param name="Table">The table.</param>
sealed record DatabaseTable(string Label, string From, string Table)
{
    /// <summary>Whether the types of columns come from the rows alone.</summary>
    public bool IsUntyped => Label.StartsWith("sqlite:", StringComparison.Ordinal);

    public string Quarantine => Table + "$quarantine";

    /// <summary>What the settings mean.</summary>
    /// <exception cref="MillraceException"><c>source-missing</c>, <c>table-name</c>, <c>option-invalid</c>.
    /// </exception>
    public static List<DatabaseTable> Of(DatabaseSession session, DatabaseIngestSettings settings)
    {
        var identity = settings.Database.Identity;
        if (settings.Query is { } query)
        {
            var into = settings.Into ?? throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", "The rows of a query have no table to go to.",
                "Name one with '--into TABLE'.");
            var hash = Objects.ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(query)).ToString();
            return [new DatabaseTable(
                $"{identity}#query-{hash[..16]}", DatabaseSession.FromQuery(query), SqlName.CheckTable(into))];
        }

        var names = settings.TakesAllTables ? session.Tables() : settings.Tables;
        if (names.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-missing", $"There is no table to take from '{identity}'.",
                settings.TakesAllTables ? "The database has none."
                    : "Name some with '--table a,b', take '--all', or write a '--query'. Its tables are "
                        + $"{string.Join(", ", session.Tables().Take(50))}.");
        }

        if (names.Count > 1 && settings.Into is { } pattern && !pattern.Contains('*', StringComparison.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", $"{names.Count} tables can't all go to table '{pattern}'.",
                "Write '--into' with a * that stands for the name, such as 'shop_*', or leave it out.");
        }

        List<DatabaseTable> tables = [.. names.Select(name =>
        {
            var (schema, own) = settings.Database.IsPostgres
                ? PostgresName.Split(name, settings.Database.Schema) : ("", name);
            var label = settings.Database.IsPostgres ? $"{identity}/{schema}.{own}" : $"{identity}#{own}";
            var target = (settings.Into ?? "*").Replace("*", own, StringComparison.Ordinal);
            return new DatabaseTable(label, session.From(name), SqlName.CheckTable(target));
        })];
        return tables.GroupBy(table => table.Table, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", $"Two tables would go to table '{twice.Key}'.",
                "Take them in two commands with '--into'.")
            : tables;
    }
}
