using Millrace.Catalog;
using Millrace.Lineage;

namespace Millrace.Tables.Queries;

/// <summary>Shows one query what it names, under the names that it has for it.</summary>
sealed class SqlResolver(SqlEngine engine, TableStore tables, SqlSession session, SqlQueryOptions options)
{
    /// <summary>Views over views go so deep.</summary>
    const int MaxViews = 64;

    static readonly string[] EngineSchemas = ["information_schema", "pg_catalog", "main", "temp", "system"];

    readonly Dictionary<string, bool> _attached = new(StringComparer.OrdinalIgnoreCase);
    readonly List<string> _views = [];
    readonly List<ThingVersion> _versions = [];
    readonly List<PublicationInput> _foreign = [];
    readonly List<SqlFile> _files = [];
    List<TableEntry>? _entries;

    /// <summary>The versions that are read and that the catalog knows.</summary>
    public IReadOnlyList<ThingVersion> Versions => _versions;

    /// <summary>Versions of other writers that the catalog does not know.</summary>
    public IReadOnlyList<PublicationInput> Foreign => _foreign;

    public IReadOnlyList<SqlFile> Files => _files;

    /// <summary>Shows what a text names.</summary>
    public async Task AttachAsync(string sql, CancellationToken cancellationToken)
    {
        var references = SqlReader.Read(session, sql);
        foreach (var function in references.Functions)
            engine.Functions.GetValueOrDefault(function)?.Attach(session);
        if (references.ParquetFiles.Count > 0 && options.ReadsFiles)
            SqlFiles.CheckParquet(session, references.ParquetFiles);
        foreach (var relation in references.Tables)
            await AttachAsync(relation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shows every table that a statement may name: DuckDB has no tree of one that is no query.</summary>
    public async Task AttachWordsAsync(string sql, CancellationToken cancellationToken)
    {
        foreach (var name in SqlLexer.Read(sql).Where(token => token.Kind is SqlTokenKind.Word or SqlTokenKind.Quoted)
            .Select(token => token.Name(sql)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } entry)
                Read(name, entry);
            else if (Versioned(name) is { } thing)
                await AttachVersionAsync(name, thing, cancellationToken).ConfigureAwait(false);
        }
    }

    async Task AttachAsync(SqlRelation relation, CancellationToken cancellationToken)
    {
        var (schema, name) = relation;
        if (schema.Equals(SystemTable.Schema, StringComparison.OrdinalIgnoreCase))
        {
            if (_attached.TryAdd($"{schema}.{name}", true))
                await engine.System.Value.AttachAsync(session, name, cancellationToken).ConfigureAwait(false);
            return;
        }

        var isOfEngine = EngineSchemas.Contains(schema, StringComparer.OrdinalIgnoreCase);
        if (schema.Length > 0 && !isOfEngine && !engine.Allowed.Contains("attach"))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "table-missing", $"There is no schema '{schema}' with a table '{name}'.",
                "Tables are named without a schema; what Millrace knows itself is in the schema 'millrace'.");
        }

        if (schema.Length > 0 && !schema.Equals("main", StringComparison.OrdinalIgnoreCase))
            return;
        CheckViews(name);
        if (!options.Known.Contains(name, StringComparer.OrdinalIgnoreCase) && _attached.TryAdd(name, true))
            await AttachNameAsync(name, cancellationToken).ConfigureAwait(false);
    }

    void CheckViews(string name)
    {
        if (_views.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "view-cycle",
                $"View '{name}' reads itself: {string.Join(" → ", [.. _views, name])}.",
                "Replace one of them with 'create or replace view'.");
        }
    }

    async Task AttachNameAsync(string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            Read(name, entry);
        }
        else if (await engine.ViewText(name, cancellationToken).ConfigureAwait(false) is { } text)
        {
            await AttachViewAsync(name, text, cancellationToken).ConfigureAwait(false);
        }
        else if (Versioned(name) is { } thing)
        {
            await AttachVersionAsync(name, thing, cancellationToken).ConfigureAwait(false);
        }
        else if (SqlFiles.IsFile(name))
        {
            await AttachFilesAsync(name, cancellationToken).ConfigureAwait(false);
        }
        else if (!IsOfEngine(name))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "table-missing", $"There is no table '{name}'.",
                NearestName.Hint(
                    name, _entries!.Select(known => known.Name)
                        .Concat(engine.System.Value.All.Select(table => $"{SystemTable.Schema}.{table.Name}")),
                    "'millrace table list' shows those that there are."));
        }
    }

    /// <summary>The table of that name, or the only one that differs from it in case alone.</summary>
    async Task<TableEntry?> FindAsync(string name, CancellationToken cancellationToken)
    {
        _entries ??= await tables.ListAsync(cancellationToken).ConfigureAwait(false);
        if (_entries.Find(entry => entry.Name == name) is { } exact)
            return exact;
        var alike = _entries.FindAll(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return alike.Count <= 1 ? alike.FirstOrDefault() : throw new MillraceException(
            ErrorKind.Invalid, "thing-ambiguous",
            $"'{name}' may be {string.Join(" or ", alike.Select(entry => $"'{entry.Name}'"))}.",
            "Write the name in the case that is meant.");
    }

    /// <summary>Reads the newest version. The catalog's is that which all tables of a publication have; one behind it
    /// is read when another engine wrote it, for the catalog can't know that.</summary>
    void Read(string name, TableEntry entry)
    {
        var newest = tables.OpenNewest(entry.Name);
        var isForeign = newest.Version > entry.Newest.Number && newest.Note?.AttemptId is null;
        if (!isForeign)
        {
            session.Attach(name, newest.Version == entry.Newest.Number ? newest : tables.Open(entry.Newest));
            Add(entry.Newest);
            return;
        }

        session.Attach(name, newest);
        Add(newest);
    }

    static ThingName? Versioned(string name) =>
        name.LastIndexOf('@') is > 0 and var at && SqlName.IsTable(name[..at]) && at + 1 < name.Length
            ? new ThingName("table", name[..at], name[(at + 1)..], null) : null;

    async Task AttachVersionAsync(string name, ThingName thing, CancellationToken cancellationToken)
    {
        var entry = await FindAsync(thing.Name, cancellationToken).ConfigureAwait(false)
            // Versions of a table that was dropped are there as they were.
            ?? await tables.FindAnyAsync(thing.Name, cancellationToken).ConfigureAwait(false)
            ?? throw new MillraceException(
                ErrorKind.NotFound, "table-missing", $"There is no table '{thing.Name}'.",
                NearestName.Hint(
                    thing.Name, _entries!.Select(known => known.Name),
                    "'millrace table list' shows those that there are."));
        if (thing.VersionNumber is { } number)
        {
            // A version that another engine wrote is in the log, and not in the catalog.
            var snapshot = tables.OpenNewest(entry.Name, number);
            session.Attach(name, snapshot);
            var known = await tables.Lineage.VersionsAsync("table", entry.Name, cancellationToken)
                .ConfigureAwait(false);
            if (known.Find(version => version.Number == number) is { } recorded)
                Add(recorded);
            else
                Add(snapshot);
            return;
        }

        var version = await tables.Lineage.ResolveAsync(thing with { Name = entry.Name }, cancellationToken)
            .ConfigureAwait(false);
        session.Attach(name, tables.Open(version));
        Add(version);
    }

    async Task AttachViewAsync(string name, string text, CancellationToken cancellationToken)
    {
        if (_views.Count == MaxViews)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "view-deep", $"View '{_views[0]}' reads views that read views, {MaxViews} deep.",
                "Read tables, or save one of the views' results as a table.");
        }

        var sql = VersionedNames.Quote(text);
        _views.Add(name);
        await AttachAsync(sql, cancellationToken).ConfigureAwait(false);
        _views.RemoveAt(_views.Count - 1);
        session.Execute(
            // A view may end in a comment.
            $"create or replace view {SqlName.Quote(name)} as select * from ({sql}\n)", cancellationToken);
    }

    async Task AttachFilesAsync(string name, CancellationToken cancellationToken)
    {
        if (!options.ReadsFiles)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "file-denied", $"'{name}' is a file, and this query may read tables only.",
                "Take the file into a table with 'millrace ingest' first.");
        }

        var files = await new SqlFiles(session, tables.Frames, engine.Fetch).AttachAsync(name, cancellationToken)
            .ConfigureAwait(false);
        _files.AddRange(files);
    }

    /// <summary>Whether the session has it by itself: a table that its owner made, or one of DuckDB's.</summary>
    bool IsOfEngine(string name) => session.Value<bool>(
        "select exists (select 1 from duckdb_tables() where lower(table_name) = lower($name)) or "
        + "exists (select 1 from duckdb_views() where lower(view_name) = lower($name))",
        new SqlParameter("name", name));

    void Add(ThingVersion version)
    {
        if (_versions.TrueForAll(known => known.Id != version.Id))
            _versions.Add(version);
    }

    void Add(TableSnapshot snapshot) => _foreign.Add(new PublicationInput(
        snapshot.Name, null,
        new ExternalVersion(
            "source", $"{snapshot.Name}@v{snapshot.Version}", snapshot.Identity().ToString(), "{}")));
}
