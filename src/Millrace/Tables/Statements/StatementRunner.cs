using System.Diagnostics;
using System.Globalization;
using Millrace.Lineage;
using Millrace.Tables.Edits;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Statements;

/// <summary>Does what statements that write say.</summary>
sealed class StatementRunner(TableStore tables)
{
    const int MaxHistory = 100_000;

    /// <summary>What a query in brackets begins with, beside SELECT.</summary>
    static readonly string[] QueryHeads =
        ["from", "with", "values", "table", "describe", "show", "summarize", "pivot", "unpivot"];

    TableEditor Editor => tables.Editor;

    public Task<StatementResult> RunAsync(
        Statement statement, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        if (statement is not CreateViewStatement)
        {
            NamedValues.Check(statement.Source.Text, parameters);
        }

        return DoAsync(statement, parameters, cancellationToken);
    }

    async Task<StatementResult> DoAsync(
        Statement statement, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken) =>
        statement switch
        {
            InsertStatement insert => Of(insert, await Editor.InsertAsync(
                insert with { Table = await TargetAsync(insert.Table, cancellationToken).ConfigureAwait(false) },
                parameters, cancellationToken).ConfigureAwait(false)),
            UpdateStatement update => Of(update, await Editor.UpdateAsync(
                update with { Target = await TargetAsync(update.Target, cancellationToken).ConfigureAwait(false) },
                parameters, cancellationToken).ConfigureAwait(false)),
            DeleteStatement delete => Of(delete, await Editor.DeleteAsync(
                delete with { Target = await TargetAsync(delete.Target, cancellationToken).ConfigureAwait(false) },
                parameters, cancellationToken).ConfigureAwait(false)),
            MergeStatement merge => Of(merge, await Editor.MergeAsync(
                merge with { Target = await TargetAsync(merge.Target, cancellationToken).ConfigureAwait(false) },
                parameters, cancellationToken).ConfigureAwait(false)),
            TruncateStatement truncate => Of(truncate, await Editor.TruncateAsync(
                await TargetAsync(truncate.Table, cancellationToken).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false)),
            CreateTableStatement create =>
                await CreateAsync(create, parameters, cancellationToken).ConfigureAwait(false),
            DropTableStatement drop => await DropAsync(drop, cancellationToken).ConfigureAwait(false),
            AlterTableStatement alter => await AlterAsync(alter, cancellationToken).ConfigureAwait(false),
            CreateViewStatement create =>
                await CreateAsync(create, cancellationToken).ConfigureAwait(false),
            DropViewStatement drop => await DropAsync(drop, cancellationToken).ConfigureAwait(false),
            _ => await UpkeepAsync(statement, cancellationToken).ConfigureAwait(false),
        };

    async Task<StatementResult> UpkeepAsync(Statement statement, CancellationToken cancellationToken) =>
        statement switch
        {
            OptimizeStatement optimize => Of(optimize, await Editor.OptimizeAsync(
                await TargetAsync(optimize.Table, cancellationToken).ConfigureAwait(false),
                new TableOptimization { ZOrderBy = optimize.ZOrderBy }, null, cancellationToken)
                .ConfigureAwait(false)),
            VacuumStatement vacuum => new StatementResult(vacuum.Verb)
            {
                Vacuum = await Editor.VacuumAsync(
                    await AnyAsync(vacuum.Table, cancellationToken).ConfigureAwait(false), vacuum.Retention,
                    vacuum.IsDryRun, cancellationToken).ConfigureAwait(false),
            },
            RestoreStatement restore => Of(restore, await RestoreAsync(restore, cancellationToken)
                .ConfigureAwait(false)),
            HistoryStatement history => new StatementResult(history.Verb)
            {
                Query = await HistoryAsync(history, cancellationToken).ConfigureAwait(false),
            },
            QueryStatement => throw new ArgumentException(
                "A query is prepared, and not run here.", nameof(statement)),
            _ => throw new UnreachableException(statement.Verb),
        };

    static StatementResult Of(Statement statement, TableEdit edit) => new(statement.Verb) { Edits = [edit] };

    async Task<StatementResult> CreateAsync(
        CreateTableStatement create, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        if (await FindAsync(create.Table, cancellationToken).ConfigureAwait(false) is { } known)
        {
            if (create.Mode == CreateMode.IfMissing)
            {
                return Skipped(create, $"There is a table '{known}' already; it stays as it is.");
            }

            // Letters of either case are the same in SQL, and one table is enough of a name.
            create = create with { Table = known };
        }

        RefuseQueries([.. create.Checks.Select(check => check.Condition)]);

        return Of(create, await Editor.MakeAsync(create, parameters, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A condition is asked of the rows of whoever writes the table, so it may look at them only.</summary>
    /// <exception cref="MillraceException"><c>sql-unsupported</c>, <c>sql-function</c>, <c>sql-syntax</c>.</exception>
    void RefuseQueries(IReadOnlyList<string> conditions)
    {
        if (conditions.Count == 0)
        {
            return;
        }

        using var session = tables.OpenSession();
        foreach (var condition in conditions)
        {
            if (SqlReader.Read(session, $"select ({condition}\n)").Tables.Count > 0 || HasQuery(condition))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "sql-unsupported", $"The condition ({condition}) reads from tables or files.",
                    "Let it ask for the columns of the row alone.");
            }
        }
    }

    static bool HasQuery(string condition)
    {
        var tokens = SqlLexer.Read(condition);
        for (var i = 0; i < tokens.Count; i++)
        {
            var isFirst = i == 0 || tokens[i - 1].IsSymbol(condition, '(');
            if (tokens[i].IsWord(condition, "select") || (isFirst && QueryHeads.Any(
                head => tokens[i].IsWord(condition, head))))
            {
                return true;
            }
        }

        return false;
    }

    async Task<StatementResult> DropAsync(DropTableStatement drop, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var skipped = new List<string>();
        foreach (var name in drop.Tables.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } known)
            {
                await tables.Views.CheckUnreadAsync(known, cancellationToken).ConfigureAwait(false);
                names.Add(known);
            }
            else if (drop.IfExists)
            {
                skipped.Add($"There is no table '{name}'.");
            }
            else
            {
                throw await MissingAsync(name, cancellationToken).ConfigureAwait(false);
            }
        }

        var edits = new List<TableEdit>();
        foreach (var name in names)
        {
            edits.Add(await Editor.DropAsync(name, cancellationToken).ConfigureAwait(false));
        }

        return new StatementResult(drop.Verb) { Edits = edits, Skipped = skipped };
    }

    async Task<StatementResult> AlterAsync(AlterTableStatement alter, CancellationToken cancellationToken)
    {
        if (alter.Alteration is AddCheck add)
        {
            RefuseQueries([add.Condition]);
        }

        var known = await FindAsync(alter.Table, cancellationToken).ConfigureAwait(false);
        return known is null && alter.IfExists
            ? Skipped(alter, $"There is no table '{alter.Table}'.")
            : Of(alter, await Editor.AlterAsync(
                alter with
                {
                    Table = known ?? throw await MissingAsync(alter.Table, cancellationToken).ConfigureAwait(false),
                },
                cancellationToken).ConfigureAwait(false));
    }

    async Task<StatementResult> CreateAsync(
        CreateViewStatement create, CancellationToken cancellationToken)
    {
        if (SqlLexer.Read(create.Query).Any(
            token => token.Kind == SqlTokenKind.Parameter))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "view-parameter", $"View '{create.View}' names a parameter, which it can't keep.",
                "Write the value into the view's query.");
        }

        // What can't be read now could not be read later either.
        using var query = await tables.Sql.PrepareAsync(
            create.Query, new SqlQueryOptions { Threads = 1 }, cancellationToken).ConfigureAwait(false);
        if (query.IsExplained)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-unsupported", $"View '{create.View}' would be an EXPLAIN.",
                "Give it a query.");
        }

        query.Session.Rows($"describe select * from ({query.Text}\n)", reader => reader.GetString(0));
        var reads = SqlReader.Read(query.Session, VersionedNames.Quote(create.Query)).Tables
            .Select(relation => relation.Schema.Length == 0 || relation.Schema.Equals(
                "main", StringComparison.OrdinalIgnoreCase) ? relation.Name : $"{relation.Schema}.{relation.Name}");
        var view = new TableView(create.View, create.Query, [.. reads], default);
        var isSaved = await tables.Views.SaveAsync(view, create.Mode, query.Inputs, cancellationToken)
            .ConfigureAwait(false);
        return isSaved ? new StatementResult(create.Verb) { Views = [create.View] }
            : Skipped(create, $"There is a view '{create.View}' already; it stays as it is.");
    }

    async Task<StatementResult> DropAsync(DropViewStatement drop, CancellationToken cancellationToken)
    {
        var dropped = new List<string>();
        var skipped = new List<string>();
        foreach (var name in drop.Views)
        {
            if (await tables.Views.RemoveAsync(name, cancellationToken).ConfigureAwait(false))
            {
                dropped.Add(name);
            }
            else if (drop.IfExists)
            {
                skipped.Add($"There is no view '{name}'.");
            }
            else
            {
                var views = await tables.Views.ListAsync(cancellationToken).ConfigureAwait(false);
                throw new MillraceException(
                    ErrorKind.NotFound, "view-missing", $"There is no view '{name}'.",
                    NearestName.Hint(
                        name, views.Select(view => view.Name), "'\\d' in 'millrace sql' shows those that there are."));
            }
        }

        return new StatementResult(drop.Verb) { Views = dropped, Skipped = skipped };
    }

    async Task<TableEdit> RestoreAsync(RestoreStatement restore, CancellationToken cancellationToken)
    {
        var name = await AnyAsync(restore.Table, cancellationToken).ConfigureAwait(false);
        var thing = new ThingName("table", name, restore.Version, null);
        var number = thing.VersionNumber ?? (await tables.Lineage.ResolveAsync(thing, cancellationToken)
            .ConfigureAwait(false)).Number;
        return await Editor.RestoreAsync(name, number, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The versions of a table as rows.</summary>
    async Task<SqlQuery> HistoryAsync(HistoryStatement history, CancellationToken cancellationToken)
    {
        var name = await AnyAsync(history.Table, cancellationToken).ConfigureAwait(false);
        var rows = tables.History(name).Take(Math.Min(history.Limit ?? MaxHistory, MaxHistory)).Select(
            commit => string.Create(
                CultureInfo.InvariantCulture,
                $"({commit.Version}, '{commit.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}+00', ")
                + $"{Text(commit.Note?.Operation)}, {Text(commit.Note?.Parameters)}, {Text(commit.Note?.Metrics)}, "
                + $"{Text(commit.Note?.Engine)}, {Text(commit.Note?.RunId)})");
        var values = string.Join(", ", rows.DefaultIfEmpty("(null, null, null, null, null, null, null)"));
        return await tables.Sql.PrepareAsync(
            "select cast(version as bigint) as version, cast(time as timestamptz) as time, operation, parameters, "
            + $"metrics, engine, run_id from (values {values}) "
            + "as t(version, time, operation, parameters, metrics, engine, run_id) where version is not null",
            new SqlQueryOptions { Threads = 1 }, cancellationToken).ConfigureAwait(false);
    }

    static string Text(string? text) => text is null ? "null::varchar" : SqlName.Text(text);

    static StatementResult Skipped(Statement statement, string sentence) =>
        new(statement.Verb) { Skipped = [sentence] };

    async Task<RowTarget> TargetAsync(RowTarget target, CancellationToken cancellationToken) =>
        target with { Table = await TargetAsync(target.Table, cancellationToken).ConfigureAwait(false) };

    /// <summary>The name of a table that is there, as it is written.</summary>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>view-not-writable</c>.</exception>
    async Task<string> TargetAsync(string name, CancellationToken cancellationToken) =>
        await FindAsync(name, cancellationToken).ConfigureAwait(false)
        ?? throw await MissingAsync(name, cancellationToken).ConfigureAwait(false);

    /// <summary>The same, also of a table that was dropped.</summary>
    async Task<string> AnyAsync(string name, CancellationToken cancellationToken)
    {
        var all = await tables.ListAllAsync(cancellationToken).ConfigureAwait(false);
        return Among(all, name) ?? await TargetAsync(name, cancellationToken).ConfigureAwait(false);
    }

    async Task<string?> FindAsync(string name, CancellationToken cancellationToken) =>
        Among(await tables.ListAsync(cancellationToken).ConfigureAwait(false), name)
        // One that another engine made is in no catalog.
        ?? (tables.HasLog(name) ? name : null);

    static string? Among(List<TableEntry> entries, string name)
    {
        if (entries.Exists(entry => entry.Name == name))
        {
            return name;
        }

        var alike = entries.FindAll(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return alike.Count <= 1 ? alike.FirstOrDefault()?.Name : throw new MillraceException(
            ErrorKind.Invalid, "thing-ambiguous",
            $"'{name}' may be {string.Join(" or ", alike.Select(entry => $"'{entry.Name}'"))}.",
            "Write the name in the case that is meant.");
    }

    async Task<MillraceException> MissingAsync(string name, CancellationToken cancellationToken)
    {
        if (await tables.Views.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } view)
        {
            return new MillraceException(
                ErrorKind.Invalid, "view-not-writable", $"'{view.Name}' is a view, which has no rows of its own.",
                "Write into the table that it reads.");
        }

        var known = await tables.ListAsync(cancellationToken).ConfigureAwait(false);
        return new MillraceException(
            ErrorKind.NotFound, "table-missing", $"There is no table '{name}'.",
            NearestName.Hint(
                name, known.Select(entry => entry.Name), "'millrace table list' shows those that there are."));
    }
}
